"""Documents and their extracted text. Readers only ever get rows without a tombstone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, update
from sqlmodel import col, select

from ragapp.core.errors import Conflict, DuplicateDocument, InvalidTransition, NotFound
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.lifecycle import DocumentStatus, sources_of
from ragapp.models import Document, DocumentText, DocumentVersion
from ragapp.store.conflicts import insert_row, translating_conflicts
from ragapp.store.document_words import NEWEST_FIRST, index_document, index_new_document, newest_named_like
from ragapp.store.filing import within
from ragapp.store.paging import cut_page, older_than
from ragapp.store.prepared import change_rows
from ragapp.store.readable import document_readable
from ragapp.store.repository import TenantRepository


class DocumentRepository(TenantRepository):
    """The tenant's documents. Readers get those of knowledge bases the acting member may read; background work all."""

    async def get(self, document_id: DocumentId) -> Document:
        """Return one document.

        Raises:
            NotFound: absent, deleted, another tenant's, or in a knowledge base that is not the caller's to read.
        """
        wanted = col(Document.id) == document_id
        found = await self._session.scalar(select(Document).where(self._visible, wanted))
        if found is None:
            raise NotFound
        return found

    async def find(self, document_id: DocumentId) -> Document | None:
        """Return one document, a tombstone too, for background work."""
        return await self._session.scalar(select(Document).where(self._mine, col(Document.id) == document_id))

    async def find_by_bytes(self, knowledge_base_id: KnowledgeBaseId, sha256: str) -> Document | None:
        """Return the document with those bytes in that knowledge base."""
        return await self._session.scalar(
            select(Document).where(
                self._alive, col(Document.knowledge_base_id) == knowledge_base_id, col(Document.sha256) == sha256
            )
        )

    async def list_page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        status: DocumentStatus | None = None,
        is_in_progress: bool = False,
        knowledge_base_id: KnowledgeBaseId | None = None,
        folder: str = "",
        tagged: ColumnElement[bool] | None = None,
        query: str = "",
    ) -> tuple[list[Document], str | None]:
        """Return one page, newest first, and the cursor of the next; of a folder with those in it.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        statement = select(Document).where(self._visible)
        if status is not None:
            statement = statement.where(col(Document.status) == status)
        if is_in_progress:
            statement = statement.where(col(Document.status).not_in((DocumentStatus.READY, DocumentStatus.FAILED)))
        if knowledge_base_id is not None:
            statement = statement.where(col(Document.knowledge_base_id) == knowledge_base_id)
        if folder:
            statement = statement.where(within(folder))
        if tagged is not None:
            statement = statement.where(tagged)
        if cursor is not None:
            statement = statement.where(older_than(cursor, Document.created_at, Document.id))
        if query:
            statement = await newest_named_like(self._session, self._tenant_id, query, statement)
        else:
            statement = statement.order_by(*NEWEST_FIRST)
        rows = (await self._session.exec(statement.limit(limit + 1))).all()
        return cut_page(rows, limit, lambda row: (row.created_at, row.id))

    async def list_by_ids(self, document_ids: Iterable[DocumentId]) -> list[Document]:
        """Return those of the documents that exist, are not deleted and are the caller's to read."""
        wanted = col(Document.id).in_(list(document_ids))
        return list((await self._session.exec(select(Document).where(self._visible, wanted))).all())

    async def list_named(self, knowledge_base_id: KnowledgeBaseId, names: Iterable[str]) -> list[Document]:
        """Return the documents of a knowledge base that have one of the names as title, file name or id."""
        wanted = list(names)
        names_of = (col(Document.title), col(Document.filename), col(Document.id))
        is_named = or_(*(column.in_(wanted) for column in names_of))
        in_base = self._visible & (col(Document.knowledge_base_id) == knowledge_base_id)
        return list((await self._session.exec(select(Document).where(in_base, is_named))).all())

    async def titles_of(self, document_ids: Iterable[DocumentId]) -> dict[str, str]:
        """Return what those of the tenant's documents are called, by id."""
        wanted = col(Document.id).in_(list(document_ids))
        rows = await self._session.exec(select(Document.id, Document.title).where(self._mine, wanted))
        return dict(rows.all())

    async def readable_among(self, document_ids: Iterable[DocumentId]) -> frozenset[DocumentId]:
        """Return those of the documents, tombstones too, that are the caller's to read."""
        wanted = col(Document.id).in_(list(document_ids))
        statement = select(Document.id).where(self._mine, document_readable(self._scope), wanted)
        return frozenset(DocumentId(found) for found in await self._session.exec(statement))

    async def list_recently_processed(self, *, limit: int) -> list[Document]:
        """Return ready documents, the latest processed first."""
        ready = select(Document).where(self._visible, col(Document.status) == DocumentStatus.READY)
        latest = ready.order_by(col(Document.processed_at).desc(), col(Document.id)).limit(limit)
        return list((await self._session.exec(latest)).all())

    async def list_every(self) -> list[Document]:
        """Return every row of the tenant, tombstones too, for verification."""
        return list((await self._session.exec(select(Document).where(self._mine).order_by(col(Document.id)))).all())

    async def count_held(self) -> int:
        """Return how many documents have no tombstone, in whatever knowledge base."""
        return int(await self._session.scalar(select(func.count()).select_from(Document).where(self._alive)) or 0)

    async def add(self, document: Document) -> None:
        """Insert a document; its bytes, where it has any yet, are its first version.

        Raises:
            Conflict: the same bytes are there already, or the knowledge base is gone.
        """
        document.tenant_id = self._tenant_id
        await insert_row(self._session, document, Conflict())
        await index_new_document(self._session, document)
        if document.blob_key:
            await insert_row(self._session, _first_version(document), Conflict())

    async def change(self, document_id: DocumentId, **values: Any) -> None:
        """Set columns of one document.

        Raises:
            NotFound: absent, or another tenant's.
        """
        statement = update(Document).where(self._mine, col(Document.id) == document_id).values(**values)
        result = await self._session.exec(statement)
        if result.rowcount != 1:
            raise NotFound
        await index_document(self._session, self._tenant_id, document_id, values)

    async def move(
        self, document_id: DocumentId, home: KnowledgeBaseId, to: KnowledgeBaseId, *, version: int
    ) -> None:
        """Put a document that nobody is working on into another knowledge base.

        Raises:
            DuplicateDocument: its bytes are there already. InvalidTransition: it changed meanwhile.
        """
        as_known = and_(
            col(Document.knowledge_base_id) == home,
            col(Document.version) == version,
            col(Document.status).in_((DocumentStatus.READY, DocumentStatus.FAILED)),
        )
        statement = update(Document).where(self._alive, col(Document.id) == document_id, as_known)
        async with translating_conflicts(self._session, DuplicateDocument()):
            result = await self._session.exec(statement.values(knowledge_base_id=to))
        if result.rowcount != 1:
            raise InvalidTransition(details={"document_id": document_id})

    async def restart(self, document_id: DocumentId) -> None:
        """Queue a document that failed: no reason is shown any more.

        Raises:
            NotFound: absent, or another tenant's.
        """
        queued = DocumentStatus.QUEUED
        await self.change(document_id, status=queued, stage=queued, progress=0, error_code="", error_message="")

    async def take_bytes(self, document_id: DocumentId, sha256: str, **values: Any) -> None:
        """Say which bytes a document was given last, and set further columns.

        Raises:
            DuplicateDocument: another document of the knowledge base has them. NotFound: no such document.
        """
        async with translating_conflicts(self._session, DuplicateDocument()):
            await self.change(document_id, sha256=sha256, **values)

    async def advance(self, document_id: DocumentId, status: DocumentStatus, **values: Any) -> None:
        """Move one document that is not deleted to another state, and set further columns.

        Raises:
            InvalidTransition: it is deleted, or may not go there from where it is.
        """
        may = {"id": document_id, "deleted_at": None, "status": sorted(sources_of(status))}
        reached = {"status": status, "stage": status, **values}
        if await change_rows(self._session, Document, self._tenant_id, may, reached) != 1:
            raise InvalidTransition(details={"document_id": document_id, "to": status.value})
        await index_document(self._session, self._tenant_id, document_id, values)

    async def bury(self, document_id: DocumentId, at: datetime) -> None:
        """Set the tombstone: gone for every reader at once."""
        await self.change(document_id, deleted_at=at, status=DocumentStatus.DELETING)

    async def purge(self, document_id: DocumentId) -> None:
        """Remove the row with its texts, chunks and vectors."""
        await self._session.exec(delete(Document).where(self._mine, col(Document.id) == document_id))

    async def add_text(self, text: DocumentText) -> None:
        """Store the extracted text of one version."""
        text.tenant_id = self._tenant_id
        self._session.add(text)
        await self._session.flush()

    async def has_text(self, document_id: DocumentId, version: int) -> bool:
        """Return whether the extracted text of one version is stored."""
        found = await self._session.scalar(
            select(DocumentText.version).where(
                col(DocumentText.tenant_id) == self._tenant_id,
                col(DocumentText.document_id) == document_id,
                col(DocumentText.version) == version,
            )
        )
        return found is not None

    async def find_text(self, document_id: DocumentId, version: int) -> DocumentText | None:
        """Return the extracted text of one version."""
        return await self._session.scalar(
            select(DocumentText).where(
                col(DocumentText.tenant_id) == self._tenant_id,
                col(DocumentText.document_id) == document_id,
                col(DocumentText.version) == version,
            )
        )

    async def find_page_start(self, document_id: DocumentId, version: int, page: int) -> int:
        """Return where a page starts in the extracted text of a version; -1 where that is not known."""
        pages = await self._session.scalar(
            select(DocumentText.pages).where(
                col(DocumentText.tenant_id) == self._tenant_id,
                col(DocumentText.document_id) == document_id,
                col(DocumentText.version) == version,
            )
        )
        return next((int(start) for number, start, _ in pages or () if number == page), -1)

    async def list_heading_titles(self, document_id: DocumentId, version: int) -> list[str]:
        """Return the titles of the headings of one version, in order."""
        headings = await self._session.scalar(
            select(DocumentText.headings).where(
                col(DocumentText.tenant_id) == self._tenant_id,
                col(DocumentText.document_id) == document_id,
                col(DocumentText.version) == version,
            )
        )
        return [str(title) for _, title, _ in headings or ()]

    async def remove_unread_texts(self, document_id: DocumentId) -> None:
        """Remove the texts of versions that are not known any more: no reader ever saw those."""
        known = select(DocumentVersion.version).where(
            col(DocumentVersion.tenant_id) == self._tenant_id, col(DocumentVersion.document_id) == document_id
        )
        await self._session.exec(
            delete(DocumentText).where(
                col(DocumentText.tenant_id) == self._tenant_id,
                col(DocumentText.document_id) == document_id,
                col(DocumentText.version).not_in(known),
            )
        )

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(Document.tenant_id) == self._tenant_id

    @property
    def _alive(self) -> ColumnElement[bool]:
        return self._mine & col(Document.deleted_at).is_(None)

    @property
    def _visible(self) -> ColumnElement[bool]:
        return self._alive & document_readable(self._scope)


def _first_version(document: Document) -> DocumentVersion:
    return DocumentVersion(
        tenant_id=document.tenant_id,
        document_id=document.id,
        version=1,
        filename=document.filename,
        content_type=document.content_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        blob_key=document.blob_key,
        created_by=document.created_by,
        created_at=document.created_at,
    )
