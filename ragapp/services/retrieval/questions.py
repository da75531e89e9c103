"""What counts as a question."""

import unicodedata

from ragapp.core.errors import EmptyQuestion, InvalidInput, QuestionTooLong

_KEPT_CONTROLS = "\n\t"


def clean_question(text: str, max_characters: int) -> str:
    """Return a question without control characters and outer space, in NFC.

    Raises:
        EmptyQuestion: nothing is left. QuestionTooLong: over `max_characters`.
        InvalidInput: not text (half of a surrogate pair).
    """
    if len(text) > max_characters:
        raise QuestionTooLong(details={"max_characters": max_characters, "characters": len(text)})
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("The question holds characters that are not text.", details={"field": "text"})
    kept = (c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) != "Cc")
    question = unicodedata.normalize("NFC", "".join(kept)).strip()
    if not any(character.isalnum() for character in question):
        raise EmptyQuestion
    return question
