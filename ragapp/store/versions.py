"""The files of a document's versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, update
from sqlmodel import col, select

from ragapp.core.ids import DocumentId
from ragapp.models import Document, DocumentVersion
from ragapp.store.prepared import TENANT, change_rows
from ragapp.store.repository import TenantRepository

_MAKE_READABLE: Any = (
    update(DocumentVersion)
    .where(
        col(DocumentVersion.tenant_id) == TENANT,
        col(DocumentVersion.document_id) == bindparam("of_document"),
        col(DocumentVersion.version) == bindparam("of_version"),
    )
    .values(readable_at=bindparam("at"))
    .returning(DocumentVersion)
    .execution_options(synchronize_session=False, populate_existing=True)
)


class VersionRepository(TenantRepository):
    """The versions of the tenant's documents. Numbers only grow: one that failed is never used again."""

    async def add(self, row: DocumentVersion) -> None:
        """Insert a version."""
        row.tenant_id = self._tenant_id
        self._session.add(row)
        await self._session.flush()

    async def find(self, document_id: DocumentId, version: int) -> DocumentVersion | None:
        """Return one version."""
        is_wanted = and_(self._of(document_id), col(DocumentVersion.version) == version)
        return await self._session.scalar(select(DocumentVersion).where(is_wanted))

    async def find_latest(self, document_id: DocumentId) -> DocumentVersion | None:
        """Return the version whose bytes came last, readable or not."""
        newest = select(DocumentVersion).where(self._of(document_id)).order_by(col(DocumentVersion.version).desc())
        return await self._session.scalar(newest.limit(1))

    async def list_of(self, document_id: DocumentId) -> list[DocumentVersion]:
        """Return all versions of a document, newest first."""
        newest = select(DocumentVersion).where(self._of(document_id)).order_by(col(DocumentVersion.version).desc())
        return list((await self._session.exec(newest)).all())

    async def list_every_blob(self) -> list[tuple[DocumentId, str]]:
        """Return (document, blob key) of every version of the tenant, for verification."""
        rows = await self._session.exec(
            select(DocumentVersion.document_id, DocumentVersion.blob_key).where(self._mine)
        )
        return [(DocumentId(document_id), blob_key) for document_id, blob_key in rows]

    async def change(self, document_id: DocumentId, version: int, **values: Any) -> None:
        """Set columns of one version."""
        which = {"document_id": document_id, "version": version}
        await change_rows(self._session, DocumentVersion, self._tenant_id, which, values)

    async def make_readable(self, document_id: DocumentId, version: int, at: datetime) -> DocumentVersion:
        """Say that readers see a version from now on; return it."""
        which = {"of_tenant": self._tenant_id, "of_document": document_id, "of_version": version, "at": at}
        readable: DocumentVersion = (await self._session.exec(_MAKE_READABLE, params=which)).scalar_one()
        return readable

    async def remove_unread(self, document_id: DocumentId, *, before: int) -> int:
        """Forget versions that no reader ever saw and a later one has overtaken; return how many bytes they had."""
        unread = and_(
            self._of(document_id), col(DocumentVersion.readable_at).is_(None), col(DocumentVersion.version) < before
        )
        size_bytes = await self._session.scalar(select(func.sum(DocumentVersion.size_bytes)).where(unread))
        await self._session.exec(delete(DocumentVersion).where(unread))
        return int(size_bytes or 0)

    async def count_bytes(self, document_id: DocumentId) -> int:
        """Return how many bytes all versions of a document have."""
        counted = select(func.sum(DocumentVersion.size_bytes)).where(self._of(document_id))
        return int(await self._session.scalar(counted) or 0)

    async def count_held_bytes(self) -> int:
        """Return how many bytes all versions of all documents without a tombstone have."""
        same_tenant = col(Document.tenant_id) == col(DocumentVersion.tenant_id)
        is_of = and_(same_tenant, col(Document.id) == col(DocumentVersion.document_id))
        counted = (
            select(func.sum(DocumentVersion.size_bytes))
            .join(Document, is_of)
            .where(self._mine, col(Document.deleted_at).is_(None))
        )
        return int(await self._session.scalar(counted) or 0)

    async def count_using_blob(self, blob_key: str, *, other_than: DocumentId | None = None) -> int:
        """Return how many versions, of tombstones too, need those bytes."""
        statement = select(func.count()).select_from(DocumentVersion)
        statement = statement.where(self._mine, col(DocumentVersion.blob_key) == blob_key)
        if other_than is not None:
            statement = statement.where(col(DocumentVersion.document_id) != other_than)
        return int(await self._session.scalar(statement) or 0)

    def _of(self, document_id: DocumentId) -> ColumnElement[bool]:
        return and_(self._mine, col(DocumentVersion.document_id) == document_id)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(DocumentVersion.tenant_id) == self._tenant_id
