"""What of a question and of a passage the encoder is given: the prefixes it was trained with, and plain text."""

from ragapp.rag.plain_text import without_marks

QUESTION_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "
FORMS = "query|passage:plain-1"
"""Changes whenever one of the forms does."""


def question_form(text: str) -> str:
    """Return a question as the encoder expects it."""
    return QUESTION_PREFIX + text


def passage_form(text: str) -> str:
    """Return a passage under its heading as the encoder expects it, without marks that are not read."""
    return PASSAGE_PREFIX + without_marks(text)
