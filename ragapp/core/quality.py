"""What is said about answers: why one was rated bad, what a test question expects, how two runs compare."""

from enum import StrEnum


class FeedbackReason(StrEnum):
    """Why an answer was rated bad."""

    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    WRONG_SOURCE = "wrong_source"
    NOT_FOUND = "not_found"
    """It says that the documents do not tell, although they do."""
    OUTDATED = "outdated"
    OTHER = "other"


class Expects(StrEnum):
    """What the right answer to a test question is."""

    ANSWER = "answer"
    """A document, a page of it, words of the answer, or all of these."""
    NOTHING = "nothing"
    """The documents do not hold it: it is to be refused."""
    OPEN = "open"
    """Nobody has said yet; it is not measured."""


class QuestionOrigin(StrEnum):
    """Where a test question came from."""

    TYPED = "typed"
    FEEDBACK = "feedback"
    REPORT = "report"
    """Somebody told the administrators that the documents do not answer it."""
    IMPORTED = "imported"


class Verdict(StrEnum):
    """What two runs over the same questions say about each other."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    CHANCE = "chance"
    """They differ, but no more than chance explains."""
