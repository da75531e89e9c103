"""Documents and their extracted text. Readers only ever get rows without a tombstone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlmodel import col, select

from ragapp.core.errors import Conflict, InvalidTransition, NotFound
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.lifecycle import DocumentStatus, sources_of
from ragapp.models import Document, DocumentText
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.matching import contains
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository


class DocumentRepository(TenantRepository):
    """The tenant's documents."""

    async def get(self, document_id: DocumentId) -> Document:
        """Return one document.

        Raises:
            NotFound: absent, deleted, or another tenant's.
        """
        found = await self.find(document_id)
        if found is None or found.deleted_at is not None:
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
        knowledge_base_id: KnowledgeBaseId | None = None,
        query: str = "",
    ) -> tuple[list[Document], str | None]:
        """Return one page, newest first, and the cursor of the next.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        statement = select(Document).where(self._alive)
        if status is not None:
            statement = statement.where(col(Document.status) == status)
        if knowledge_base_id is not None:
            statement = statement.where(col(Document.knowledge_base_id) == knowledge_base_id)
        if query:
            statement = statement.where(or_(contains(Document.title, query), contains(Document.filename, query)))
        if cursor is not None:
            statement = statement.where(older_than(cursor, Document.created_at, Document.id))
        newest_first = statement.order_by(col(Document.created_at).desc(), col(Document.id).desc()).limit(limit + 1)
        rows = (await self._session.exec(newest_first)).all()
        return cut_page(rows, limit, lambda row: (row.created_at, row.id))

    async def list_by_ids(self, document_ids: Iterable[DocumentId]) -> list[Document]:
        """Return those of the documents that exist and are not deleted."""
        wanted = col(Document.id).in_(list(document_ids))
        return list((await self._session.exec(select(Document).where(self._alive, wanted))).all())

    async def list_recently_processed(self, *, limit: int) -> list[Document]:
        """Return ready documents, the latest processed first."""
        ready = select(Document).where(self._alive, col(Document.status) == DocumentStatus.READY)
        latest = ready.order_by(col(Document.processed_at).desc(), col(Document.id)).limit(limit)
        return list((await self._session.exec(latest)).all())

    async def list_every(self) -> list[Document]:
        """Return every row of the tenant, tombstones too, for verification."""
        return list((await self._session.exec(select(Document).where(self._mine).order_by(col(Document.id)))).all())

    async def add(self, document: Document) -> None:
        """Insert a document.

        Raises:
            Conflict: the same bytes are there already, or the knowledge base is gone.
        """
        document.tenant_id = self._tenant_id
        async with translating_conflicts(self._session, Conflict()):
            self._session.add(document)

    async def change(self, document_id: DocumentId, **values: Any) -> None:
        """Set columns of one document.

        Raises:
            NotFound: absent, or another tenant's.
        """
        statement = update(Document).where(self._mine, col(Document.id) == document_id).values(**values)
        result = await self._session.exec(statement)
        if result.rowcount != 1:
            raise NotFound

    async def advance(self, document_id: DocumentId, status: DocumentStatus, **values: Any) -> None:
        """Move one document that is not deleted to another state, and set further columns.

        Raises:
            InvalidTransition: it is deleted, or may not go there from where it is.
        """
        may = col(Document.status).in_(list(sources_of(status)))
        statement = update(Document).where(self._alive, col(Document.id) == document_id, may)
        result = await self._session.exec(statement.values(status=status, stage=status, **values))
        if result.rowcount != 1:
            raise InvalidTransition(details={"document_id": document_id, "to": status.value})

    async def bury(self, document_id: DocumentId, at: datetime) -> None:
        """Set the tombstone: gone for every reader at once."""
        await self.change(document_id, deleted_at=at, status=DocumentStatus.DELETING)

    async def purge(self, document_id: DocumentId) -> None:
        """Remove the row with its texts, chunks and vectors."""
        await self._session.exec(delete(Document).where(self._mine, col(Document.id) == document_id))

    async def count_using_blob(self, blob_key: str, *, other_than: DocumentId | None = None) -> int:
        """Return how many rows, tombstones too, need those bytes."""
        statement = select(func.count()).select_from(Document).where(self._mine, col(Document.blob_key) == blob_key)
        if other_than is not None:
            statement = statement.where(col(Document.id) != other_than)
        return int(await self._session.scalar(statement) or 0)

    async def add_text(self, text: DocumentText) -> None:
        """Store the extracted text of one version."""
        text.tenant_id = self._tenant_id
        self._session.add(text)
        await self._session.flush()

    async def find_text(self, document_id: DocumentId, version: int) -> DocumentText | None:
        """Return the extracted text of one version."""
        return await self._session.scalar(
            select(DocumentText).where(
                col(DocumentText.tenant_id) == self._tenant_id,
                col(DocumentText.document_id) == document_id,
                col(DocumentText.version) == version,
            )
        )

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

    async def remove_texts_except(self, document_id: DocumentId, version: int) -> None:
        """Remove the texts of every other version."""
        await self._session.exec(
            delete(DocumentText).where(
                col(DocumentText.tenant_id) == self._tenant_id,
                col(DocumentText.document_id) == document_id,
                col(DocumentText.version) != version,
            )
        )

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(Document.tenant_id) == self._tenant_id

    @property
    def _alive(self) -> ColumnElement[bool]:
        return self._mine & col(Document.deleted_at).is_(None)
