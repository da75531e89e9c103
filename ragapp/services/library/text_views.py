"""The extracted text of a document as its readers see it."""

from dataclasses import dataclass

from ragapp.core.document_notes import DocumentNote
from ragapp.core.ids import DocumentId


@dataclass(frozen=True, slots=True)
class PageSpanView:
    """Characters [start, end) of a document's text stand on page `number`."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentTextView:
    """The extracted text that all offsets refer to."""

    document_id: DocumentId
    title: str
    version: int
    text: str
    pages: tuple[PageSpanView, ...]
    page_count: int | None = None
    notes: tuple[DocumentNote, ...] = ()
