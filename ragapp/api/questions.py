"""What may be asked, checked before any service works on it."""

from ragapp.core.errors import EmptyQuestion, QuestionTooLong
from ragapp.services.registry import current


def ensure_askable(text: str) -> None:
    """Check the text of a search or a question.

    Raises:
        EmptyQuestion: nothing but white space.
        QuestionTooLong: more characters than allowed.
    """
    if not text.strip():
        raise EmptyQuestion
    most = current().limits.max_question_characters
    if len(text) > most:
        raise QuestionTooLong(f"A question may have at most {most} characters.", details={"max_characters": most})
