"""What an answer counts as in a tenant's usage."""

from ragapp.core.events import AnswerDone, AnswerFailed, Support


def amounts_of(outcome: AnswerDone | AnswerFailed) -> dict[str, int]:
    """Return metric -> amount of a finished answer; one that failed or was stopped is only a question."""
    if isinstance(outcome, AnswerFailed):
        return {}
    summary = outcome.summary
    amounts = {"tokens_in": summary.tokens_in, "tokens_out": summary.tokens_out}
    if summary.stopped:
        return amounts
    if not summary.answerable:
        return {**amounts, "not_found": 1}
    return {**amounts, "answered" if summary.support is Support.STRONG else "partly": 1}
