"""Words for reasons, expectations, settings and what two runs say about each other."""

from typing import Any

import reflex as rx

from ragapp.core.quality import Expects, FeedbackReason, QuestionOrigin, Verdict
from ragapp.ui import kit
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t, tn


def reason_words() -> tuple[tuple[str, rx.Var[str]], ...]:
    """Return (reason, its words), in the order they are offered."""
    return (
        (FeedbackReason.WRONG.value, t("It is wrong")),
        (FeedbackReason.INCOMPLETE.value, t("Something is missing")),
        (FeedbackReason.WRONG_SOURCE.value, t("It quotes the wrong source")),
        (FeedbackReason.NOT_FOUND.value, t("It was not found, although it is there")),
        (FeedbackReason.OUTDATED.value, t("It is out of date")),
        (FeedbackReason.OTHER.value, t("Something else")),
    )


def reason_name(reason: Any) -> Any:
    """Return the words for a reason."""
    return rx.match(reason, *reason_words(), t("No reason given"))


def origin_name(origin: Any) -> Any:
    """Return where a test question came from."""
    return rx.match(
        origin,
        (QuestionOrigin.FEEDBACK.value, t("From a bad answer")),
        (QuestionOrigin.REPORT.value, t("Reported as missing")),
        (QuestionOrigin.IMPORTED.value, t("Imported")),
        t("Typed in"),
    )


def expectation(row: Any) -> rx.Component:
    """Say what the right answer to a question is."""
    where = rx.cond(
        row.page > 0, t("{document}, page {page}", document=row.document, page=number(row.page)), row.document
    )
    answer = rx.el.span(
        rx.cond(
            row.document_id != "",
            rx.cond(row.document != "", rx.el.span(where), kit.badge(t("The document is gone"), tone="bad")),
        ),
        rx.cond(row.words != "", rx.el.span(t("“{name}”", name=row.words), class_name="quality-words")),
        class_name="quality-expected",
    )
    return rx.match(
        row.expects,
        (Expects.NOTHING.value, kit.badge(t("Not in the documents"))),
        (Expects.OPEN.value, kit.badge(t("Still to be said"), tone="warn")),
        answer,
    )


def verdict_words(verdict: Any, better: Any, worse: Any) -> Any:
    """Return in plain words what changed between two runs, and whether chance explains it."""
    counts = t("{better} better, {worse} worse", better=number(better), worse=number(worse))
    return rx.match(
        verdict,
        (Verdict.SAME.value, t("Nothing changed")),
        (Verdict.CHANCE.value, t("{counts}: could be chance", counts=counts)),
        (Verdict.BETTER.value, t("{counts}: hardly chance", counts=counts)),
        (Verdict.WORSE.value, t("{counts}: hardly chance", counts=counts)),
        "",
    )


def verdict_badge(row: Any) -> rx.Component:
    """Show how a run compares with the one before it; nothing for a first run."""
    tone = rx.match(row.verdict, (Verdict.BETTER.value, "ok"), (Verdict.WORSE.value, "bad"), "neutral")
    words = kit.badge(verdict_words(row.verdict, row.better, row.worse), tone=tone)
    about = rx.cond(row.deciding != "", rx.el.span(measure_name(row.deciding), class_name="muted"))
    shown = rx.el.span(about, words, class_name="quality-verdict")
    return rx.cond(row.verdict != "", shown, rx.el.span("–", class_name="muted"))


def measure_name(name: Any) -> Any:
    """Return what a measure is called."""
    return rx.match(
        name,
        ("right", t("Right answers")),
        ("hit@1", t("Right passage first")),
        ("hit@5", t("Right passage in the first five")),
        ("mrr@10", t("Rank of the right passage (MRR)")),
        name,
    )


def setting_name(name: Any) -> Any:
    """Return what a setting of a run is called."""
    return rx.match(
        name,
        ("version", t("Version")),
        ("encoder", t("Encoder")),
        ("ranking", t("Ranking")),
        ("passage_characters", t("Characters in a passage")),
        ("generator", t("Answers written by")),
        ("searches_by_meaning", t("Searches by meaning")),
        ("documents", t("Documents")),
        ("passages", t("Passages")),
        ("content_revision", t("State of the content")),
        name,
    )


def problem_words(row: Any) -> Any:
    """Return what is wrong in a row of a file."""
    words = rx.match(
        row.code,
        ("question_missing", t("There is no question.")),
        ("question_too_long", t("The question is too long.")),
        ("question_twice", t("This question is in the file twice.")),
        ("question_taken", t("The knowledge base already has this question.")),
        ("document_unknown", t("The knowledge base has no document of this title or file name.")),
        ("document_ambiguous", t("Several documents have this title or file name.")),
        ("page_not_a_number", t("The page is not a whole number from 1.")),
        ("page_without_document", t("There is a page, but no document.")),
        ("page_beyond_end", t("The document has fewer pages.")),
        ("absent_not_clear", t("Write yes or no.")),
        ("absent_and_expected", t("It cannot be absent from the documents and expected from them.")),
        ("answer_too_long", t("An answer has at most 10 alternatives of up to 500 characters.")),
        row.code,
    )
    return rx.el.li(
        rx.el.strong(t("Row {n}:", n=number(row.row))),
        " ",
        words,
        rx.cond(row.value != "", rx.el.span(" (", row.value, ")", class_name="muted break")),
        key=row.row.to_string() + row.code,
    )


def question_count(count: Any) -> rx.Var[str]:
    """Return how many questions a run asked."""
    return tn("{n} question", "{n} questions", count)
