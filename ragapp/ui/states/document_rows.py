"""What tables and drawers show of a document: small, flat, nothing but words and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from ragapp.core.document_notes import DocumentNote
from ragapp.core.lifecycle import DocumentStatus
from ragapp.services.views import DocumentView, VersionView

FINISHED = frozenset({DocumentStatus.READY, DocumentStatus.FAILED})


@dataclass(frozen=True)
class NoteRow:
    """What a reader should know about how the file was read, by its code."""

    code: str
    count: int


@dataclass(frozen=True)
class DocumentRow:
    """One document. `kind` is the file type in capitals; counts are 0 while unknown; `added_at` is ISO 8601."""

    id: str = ""
    title: str = ""
    filename: str = ""
    kind: str = ""
    status: str = ""
    progress: int = 0
    page_count: int = 0
    chunk_count: int = 0
    size_bytes: int = 0
    added_at: str = ""
    added_by: str = ""
    knowledge_base: str = ""
    error_code: str = ""
    is_finished: bool = True
    version: int = 0
    source_url: str = ""
    folder: str = ""
    tags: str = ""
    """With commas between them."""
    notes: list[NoteRow] = field(default_factory=list)
    attached_to: str = ""
    """The id of the document whose file it lay in."""


@dataclass(frozen=True)
class VersionRow:
    """One version readers saw; `added_at` is ISO 8601."""

    version: int
    filename: str
    added_at: str
    added_by: str
    is_current: bool


def document_row(view: DocumentView, knowledge_base: str = "") -> DocumentRow:
    """Return what the interface shows of a document."""
    return DocumentRow(
        id=view.id,
        title=view.title,
        filename=view.filename,
        kind=PurePath(view.filename).suffix.lstrip(".").upper()[:5],
        status=view.status.value,
        progress=view.progress,
        page_count=view.page_count or 0,
        chunk_count=view.chunk_count,
        size_bytes=view.size_bytes,
        added_at=view.created_at.isoformat(),
        added_by=view.created_by,
        knowledge_base=knowledge_base,
        error_code=view.error.code if view.error else "",
        is_finished=view.status in FINISHED,
        version=view.version,
        source_url=view.source_url,
        folder=view.folder,
        tags=", ".join(view.tags),
        notes=note_rows(view.notes),
        attached_to=view.attached_to or "",
    )


def note_rows(notes: Sequence[DocumentNote]) -> list[NoteRow]:
    """Return what the interface shows of notes."""
    return [NoteRow(note.code.value, note.count) for note in notes]


def version_row(view: VersionView) -> VersionRow:
    """Return what the drawer shows of a version."""
    added_at = view.created_at.isoformat()
    return VersionRow(view.version, view.filename, added_at, view.created_by, view.is_current)
