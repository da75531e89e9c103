"""Knowledge bases and what is in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, update
from sqlmodel import col, select

from ragapp.core.errors import NameTaken, NotFound
from ragapp.core.ids import KnowledgeBaseId, new_id
from ragapp.models import Document, KnowledgeBase
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.passages import DEFAULT_BASE, ONE_BASE, REVISIONS
from ragapp.store.prepared import TENANT, table_of
from ragapp.store.readable import base_hidden, base_readable, reads_everything
from ragapp.store.repository import TenantRepository

_DEFAULT_NAME = "Documents"


_BASES = table_of(KnowledgeBase)
_BUMP = (
    update(_BASES)
    .where(_BASES.c.tenant_id == TENANT, _BASES.c.id == bindparam("of_id"))
    .values(revision=_BASES.c.revision + 1)
)


@dataclass(frozen=True, slots=True)
class KnowledgeBaseCounts:
    """How much a knowledge base holds; chunks are counted when searchable."""

    document_count: int = 0
    chunk_count: int = 0


class KnowledgeBaseRepository(TenantRepository):
    """The tenant's knowledge bases; those the acting member may not read are absent."""

    async def ensure_default(self) -> KnowledgeBase:
        """Return the default knowledge base, making it if the tenant has none. Needs a writing transaction."""
        is_default = and_(self._mine, col(KnowledgeBase.is_default))
        found = await self._session.scalar(select(KnowledgeBase).where(is_default))
        return found or await self.add(name=_DEFAULT_NAME, is_default=True)

    async def find_default(self) -> KnowledgeBase | None:
        """Return the default knowledge base."""
        values = {"of_tenant": self._tenant_id, "user_id": self._scope.user_id}
        return await self._session.scalar(DEFAULT_BASE[self._scope.role], values)

    async def get(self, knowledge_base_id: KnowledgeBaseId) -> KnowledgeBase:
        """Return one knowledge base.

        Raises:
            NotFound: absent, another tenant's, or not the caller's to read.
        """
        values = {"of_tenant": self._tenant_id, "user_id": self._scope.user_id, "of_base": knowledge_base_id}
        found = await self._session.scalar(ONE_BASE[self._scope.role], values)
        if found is None:
            raise NotFound
        return found

    async def list_all(self) -> list[KnowledgeBase]:
        """Return all of them: the default first, then by name."""
        ordered = select(KnowledgeBase).where(self.readable()).order_by(
            col(KnowledgeBase.is_default).desc(), col(KnowledgeBase.name)
        )
        return list((await self._session.exec(ordered)).all())

    async def add(self, *, name: str, description: str = "", is_default: bool = False) -> KnowledgeBase:
        """Insert one.

        Raises:
            NameTaken: the name is in use, or there is a default already.
        """
        row = KnowledgeBase(
            tenant_id=self._tenant_id,
            id=new_id(),
            name=name,
            description=description,
            is_default=is_default,
            created_at=self._clock.now(),
        )
        async with translating_conflicts(self._session, NameTaken()):
            self._session.add(row)
        return row

    async def change(self, knowledge_base_id: KnowledgeBaseId, **values: Any) -> None:
        """Set columns of one.

        Raises:
            NameTaken: the name is in use.
        """
        async with translating_conflicts(self._session, NameTaken()):
            await self._session.exec(update(KnowledgeBase).where(self._is(knowledge_base_id)).values(**values))

    async def remove(self, knowledge_base_id: KnowledgeBaseId) -> None:
        """Remove one with everything in it."""
        await self._session.exec(delete(KnowledgeBase).where(self._is(knowledge_base_id)))

    async def bump_revision(self, knowledge_base_id: KnowledgeBaseId) -> None:
        """Say that what is searchable has changed."""
        which = {"of_tenant": self._tenant_id, "of_id": knowledge_base_id}
        await self._session.exec(_BUMP, params=which)

    async def get_revisions(
        self, knowledge_base_ids: Iterable[KnowledgeBaseId] | None = None
    ) -> dict[KnowledgeBaseId, int]:
        """Return the revision of all or some knowledge bases; foreign, absent and unreadable ids are left out."""
        statement = REVISIONS[self._scope.role]
        if knowledge_base_ids is not None:
            statement = statement.where(col(KnowledgeBase.id).in_(list(knowledge_base_ids)))
        values = {"of_tenant": self._tenant_id, "user_id": self._scope.user_id}
        rows = await self._session.exec(statement, params=values)
        return {KnowledgeBaseId(found): revision for found, revision in rows}

    async def find_revision(self, knowledge_base_id: KnowledgeBaseId) -> int | None:
        """Return the revision of one, whoever may read it: for indexes, which all readers share."""
        return await self._session.scalar(select(KnowledgeBase.revision).where(self._is(knowledge_base_id)))

    async def hides_any(self) -> bool:
        """Return whether the tenant has a knowledge base that the acting member may not read."""
        if reads_everything(self._scope.role):
            return False
        hidden = select(KnowledgeBase.id).where(self._mine, base_hidden(self._scope)).limit(1)
        return await self._session.scalar(hidden) is not None

    def readable(self) -> ColumnElement[bool]:
        """Return the condition that a knowledge base is one the acting member may read."""
        return and_(self._mine, base_readable(self._scope.role, self._tenant_id, self._scope.user_id))

    async def count_rows(self, knowledge_base_id: KnowledgeBaseId) -> int:
        """Return how many document rows it has, tombstones too."""
        in_base = and_(
            col(Document.tenant_id) == self._tenant_id, col(Document.knowledge_base_id) == knowledge_base_id
        )
        return int(await self._session.scalar(select(func.count()).select_from(Document).where(in_base)) or 0)

    async def get_counts(self) -> dict[KnowledgeBaseId, KnowledgeBaseCounts]:
        """Return how much each knowledge base holds; empty ones are left out."""
        searchable = case((col(Document.version) > 0, col(Document.chunk_count)), else_=0)
        statement = (
            select(col(Document.knowledge_base_id), func.count(), func.sum(searchable))
            .where(col(Document.tenant_id) == self._tenant_id, col(Document.deleted_at).is_(None))
            .group_by(col(Document.knowledge_base_id))
        )
        rows = await self._session.exec(statement)
        return {KnowledgeBaseId(base): KnowledgeBaseCounts(count, int(chunks)) for base, count, chunks in rows}

    def _is(self, knowledge_base_id: KnowledgeBaseId) -> ColumnElement[bool]:
        return and_(self._mine, col(KnowledgeBase.id) == knowledge_base_id)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(KnowledgeBase.tenant_id) == self._tenant_id
