"""Documents as their readers see them."""

from collections.abc import Sequence

from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.models import Document, DocumentText, DocumentVersion
from ragapp.services.library.text_views import DocumentTextView, PageSpanView
from ragapp.services.views import DocumentView, ErrorView, UploadedDocument
from ragapp.store.store import TenantTransaction


async def load_views(tx: TenantTransaction, rows: Sequence[Document]) -> tuple[DocumentView, ...]:
    """Return views of rows, with the names of the people who added them."""
    names = await tx.members.names_of([row.created_by for row in rows])
    ids = [DocumentId(row.id) for row in rows]
    urls, tags = await tx.sources.urls_of(ids), await tx.filing.tags_of(ids)
    holders = await _holders_of(tx, rows)
    return tuple(
        document_view(
            row, names.get(row.created_by, ""), urls.get(row.id, ""), tags.get(row.id, ()), holders.get(row.attached_to)
        )
        for row in rows
    )


async def _holders_of(tx: TenantTransaction, rows: Sequence[Document]) -> dict[str | None, DocumentId]:
    """Return the documents that some of the rows lay in, those that the caller can read."""
    wanted = {DocumentId(row.attached_to) for row in rows if row.attached_to}
    return {row.id: DocumentId(row.id) for row in await tx.documents.list_by_ids(wanted)} if wanted else {}


def uploaded(row: Document) -> UploadedDocument:
    """Return a document as it is told to whoever sent it."""
    return UploadedDocument(
        id=DocumentId(row.id),
        knowledge_base_id=KnowledgeBaseId(row.knowledge_base_id),
        title=row.title,
        filename=row.filename,
        size_bytes=row.size_bytes,
        status=DocumentStatus(row.status),
    )


def document_view(
    row: Document,
    created_by: str,
    source_url: str = "",
    tags: Sequence[str] = (),
    attached_to: DocumentId | None = None,
) -> DocumentView:
    """Return one document as a view."""
    return DocumentView(
        id=DocumentId(row.id),
        title=row.title,
        filename=row.filename,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        status=DocumentStatus(row.status),
        stage=row.stage,
        progress=row.progress,
        language=row.language,
        page_count=row.page_count,
        chunk_count=row.chunk_count,
        version=row.version,
        error=ErrorView(row.error_code, row.error_message) if row.error_code else None,
        knowledge_base_id=KnowledgeBaseId(row.knowledge_base_id),
        created_at=row.created_at,
        processed_at=row.processed_at,
        created_by=created_by,
        source_url=source_url,
        folder=row.folder,
        tags=tuple(tags),
        notes=_notes_of(row),
        attached_to=attached_to,
    )


def text_view(document: Document, text: DocumentText, file: DocumentVersion) -> DocumentTextView:
    """Return the extracted text of one version, `file`."""
    return DocumentTextView(
        document_id=DocumentId(document.id),
        title=document.title,
        version=text.version,
        text=text.text,
        page_count=file.page_count,
        pages=tuple(PageSpanView(number, start, end) for number, start, end in text.pages),
        notes=_notes_of(file),
    )


def _notes_of(row: Document | DocumentVersion) -> tuple[DocumentNote, ...]:
    return tuple(DocumentNote(NoteCode(code), int(count)) for code, count in row.notes or ())
