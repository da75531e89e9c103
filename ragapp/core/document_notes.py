"""What a reader of a document should know about how its file was read: fixed codes with a count."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class NoteCode(StrEnum):
    """What a note says; the count is of the things named first. Every code has words in `ui.components.note_words`."""

    PAGES_RECOGNISED = "pages_recognised"
    """Pages whose text was recognised in a picture."""
    PAGES_UNREAD = "pages_unread"
    """Pages that show something of which no text could be read."""
    PAGES_NOT_WORDS = "pages_not_words"
    """Pages of which something was recognised that is not words; it was left out."""
    ATTACHMENTS_ADDED = "attachments_added"
    """Files inside the file that became documents of their own."""
    ATTACHMENTS_LEFT_OUT = "attachments_left_out"
    """Files inside the file that could not."""
    CHARTS_WITHOUT_TEXT = "charts_without_text"
    """Charts and drawings that hold no text to read."""
    MACROS_LEFT_OUT = "macros_left_out"
    """Parts with program code, which are neither run nor read."""
    FORMULAS_WITHOUT_VALUE = "formulas_without_value"
    """Cells whose value was never calculated."""
    PARTS_LEFT_OUT = "parts_left_out"
    """Other parts that could not be read."""


@dataclass(frozen=True, slots=True)
class DocumentNote:
    """One note: `count` >= 1 of what `code` names."""

    code: NoteCode
    count: int


def collect_notes(notes: Iterable[DocumentNote]) -> tuple[DocumentNote, ...]:
    """Return one note per code, counts added up, in the order of the codes; those that count nothing are left out."""
    counts = dict.fromkeys(NoteCode, 0)
    for note in notes:
        counts[note.code] += note.count
    return tuple(DocumentNote(code, count) for code, count in counts.items() if count > 0)
