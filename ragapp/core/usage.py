"""Metrics of use: what is counted per tenant, day and person. Whole numbers of the metric's own unit."""

from enum import StrEnum


class Metric(StrEnum):
    """One counted thing. Counters of one day and person only grow, save for ratings that are taken back."""

    QUESTIONS = "questions"
    ANSWERED = "answered"
    PARTLY = "partly"
    NOT_FOUND = "not_found"
    TOKENS_IN = "tokens_in"
    TOKENS_OUT = "tokens_out"
    SEARCHES = "searches"
    DOCUMENTS = "documents"
    DOCUMENTS_REMOVED = "documents_removed"
    BYTES = "bytes"
    BYTES_REMOVED = "bytes_removed"
    PROCESSING_MS = "processing_ms"
    FEEDBACK_UP = "feedback_up"
    FEEDBACK_DOWN = "feedback_down"
