"""Where documents lie and what they are tagged with, and the lists of both."""

from collections.abc import Iterable, Sequence
from itertools import product

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, update
from sqlmodel import col, select

from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.models import Document, DocumentTag
from ragapp.store.readable import document_readable
from ragapp.store.repository import TenantRepository


class FilingRepository(TenantRepository):
    """Folders and tags of the tenant's documents; counts are of those the acting member may read."""

    async def tags_of(self, document_ids: Iterable[DocumentId]) -> dict[str, list[str]]:
        """Return the tags of documents, by name; those without any are left out."""
        wanted = col(DocumentTag.document_id).in_(list(document_ids))
        statement = select(DocumentTag.document_id, DocumentTag.name).where(self._mine, wanted)
        found: dict[str, list[str]] = {}
        for document_id, name in await self._session.exec(statement.order_by(col(DocumentTag.name))):
            found.setdefault(document_id, []).append(name)
        return found

    async def add_tags(self, document_ids: Sequence[DocumentId], names: Sequence[str]) -> None:
        """Tag documents; tags they have already stay as they are."""
        await self.remove_tags(document_ids, names)
        rows = [
            {"tenant_id": self._tenant_id, "document_id": document_id, "name": name}
            for document_id, name in product(document_ids, names)
        ]
        if rows:
            await self._session.exec(insert(DocumentTag), params=rows)

    async def remove_tags(self, document_ids: Sequence[DocumentId], names: Sequence[str] | None = None) -> None:
        """Take some tags from documents, or all of them."""
        condition = and_(self._mine, col(DocumentTag.document_id).in_(document_ids))
        if names is not None:
            condition = and_(condition, col(DocumentTag.name).in_(names))
        await self._session.exec(delete(DocumentTag).where(condition))

    async def list_tags(self, knowledge_base_id: KnowledgeBaseId | None = None) -> list[tuple[str, int]]:
        """Return (tag, number of documents), by name."""
        same_tenant = col(Document.tenant_id) == col(DocumentTag.tenant_id)
        statement = (
            select(col(DocumentTag.name), func.count())
            .join(Document, and_(same_tenant, col(Document.id) == col(DocumentTag.document_id)))
            .where(self._mine, self._visible_in(knowledge_base_id))
            .group_by(col(DocumentTag.name))
            .order_by(col(DocumentTag.name))
        )
        return [(name, count) for name, count in await self._session.exec(statement)]

    async def list_folders(
        self, knowledge_base_id: KnowledgeBaseId | None = None
    ) -> list[tuple[KnowledgeBaseId, str, int]]:
        """Return (knowledge base, folder, number of documents right in it), by path."""
        keys = (col(Document.knowledge_base_id), col(Document.folder))
        statement = select(*keys, func.count()).where(self._visible_in(knowledge_base_id), col(Document.folder) != "")
        rows = await self._session.exec(statement.group_by(*keys).order_by(col(Document.folder), keys[0]))
        return [(KnowledgeBaseId(base), folder, count) for base, folder, count in rows]

    async def longest_path_in(self, knowledge_base_id: KnowledgeBaseId, folder: str) -> int:
        """Return the length of the longest path in a folder; 0 where nothing lies in it."""
        longest = select(func.max(func.length(Document.folder))).where(self._in_base(knowledge_base_id), within(folder))
        return int(await self._session.scalar(longest) or 0)

    async def rename_folder(self, knowledge_base_id: KnowledgeBaseId, folder: str, to: str) -> int:
        """Give a folder, with those in it, another path; return how many documents lie there."""
        moved = to + func.substr(Document.folder, len(folder) + 1)
        statement = update(Document).where(self._in_base(knowledge_base_id), within(folder))
        unloaded = {"synchronize_session": False}
        result = await self._session.exec(statement.values(folder=moved).execution_options(**unloaded))
        return result.rowcount

    def tagged(self, name: str) -> ColumnElement[bool]:
        """Return the condition on `documents` that they bear a tag."""
        bearers = select(DocumentTag.document_id).where(self._mine, col(DocumentTag.name) == name)
        return col(Document.id).in_(bearers)

    def _visible_in(self, knowledge_base_id: KnowledgeBaseId | None) -> ColumnElement[bool]:
        visible = and_(self._alive, document_readable(self._scope))
        return visible if knowledge_base_id is None else and_(visible, self._in_base(knowledge_base_id))

    def _in_base(self, knowledge_base_id: KnowledgeBaseId) -> ColumnElement[bool]:
        return and_(self._alive, col(Document.knowledge_base_id) == knowledge_base_id)

    @property
    def _alive(self) -> ColumnElement[bool]:
        return and_(col(Document.tenant_id) == self._tenant_id, col(Document.deleted_at).is_(None))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(DocumentTag.tenant_id) == self._tenant_id


def within(folder: str) -> ColumnElement[bool]:
    """Return the condition on `documents` that they lie in a folder or in one of those in it."""
    # Not LIKE, which takes small and capital letters for the same on SQLite.
    return or_(col(Document.folder) == folder, func.substr(Document.folder, 1, len(folder) + 1) == f"{folder}/")
