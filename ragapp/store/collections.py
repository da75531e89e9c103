"""Which vector collections exist: per knowledge base and embedder, numbered generations with one pointer."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from ragapp.core.errors import Conflict
from ragapp.core.ids import KnowledgeBaseId
from ragapp.models import VectorCollection
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.prepared import TENANT, change_rows
from ragapp.store.repository import TenantRepository


class CollectionState(StrEnum):
    """What a generation may be used for."""

    BUILDING = "building"
    ACTIVE = "active"
    SUSPECT = "suspect"
    """Was active, must not be trusted: exact search answers until a new generation is verified."""
    RETIRED = "retired"
    """Waits for its files to be removed."""


_SERVING: SelectOfScalar[VectorCollection] = (
    select(VectorCollection)
    .where(
        col(VectorCollection.tenant_id) == TENANT,
        col(VectorCollection.knowledge_base_id) == bindparam("of_base"),
        col(VectorCollection.fingerprint) == bindparam("of_fingerprint"),
        col(VectorCollection.state).in_([CollectionState.ACTIVE, CollectionState.SUSPECT]),
    )
    .order_by(col(VectorCollection.generation).desc())
    .limit(1)
    # A row's marks are set past the session.
    .execution_options(populate_existing=True)
)


class CollectionRepository(TenantRepository):
    """The tenant's vector collections. At most one generation per knowledge base and embedder is active or suspect."""

    async def find_serving(self, knowledge_base_id: KnowledgeBaseId, fingerprint: str) -> VectorCollection | None:
        """Return the active or suspect generation."""
        which = {"of_tenant": self._tenant_id, "of_base": knowledge_base_id, "of_fingerprint": fingerprint}
        return await self._session.scalar(_SERVING, which)

    async def list_every(self) -> list[VectorCollection]:
        """Return every generation of every knowledge base."""
        mine = select(VectorCollection).where(self._mine)
        return list((await self._session.exec(mine.order_by(col(VectorCollection.generation)))).all())

    async def list_of(self, knowledge_base_id: KnowledgeBaseId) -> list[VectorCollection]:
        """Return every generation of one knowledge base, of any embedder."""
        of_base = select(VectorCollection).where(
            self._mine, col(VectorCollection.knowledge_base_id) == knowledge_base_id
        )
        return list((await self._session.exec(of_base)).all())

    async def add_generation(
        self, knowledge_base_id: KnowledgeBaseId, fingerprint: str, state: CollectionState
    ) -> VectorCollection:
        """Insert the next generation.

        Raises:
            Conflict: somebody else inserted it first.
        """
        highest = await self._session.scalar(
            select(func.max(col(VectorCollection.generation))).where(self._of_embedder(knowledge_base_id, fingerprint))
        )
        row = VectorCollection(
            tenant_id=self._tenant_id,
            knowledge_base_id=knowledge_base_id,
            fingerprint=fingerprint,
            generation=(highest or 0) + 1,
            state=state,
            created_at=self._clock.now(),
        )
        async with translating_conflicts(self._session, Conflict()):
            self._session.add(row)
        return row

    async def mark(self, row: VectorCollection, **values: Any) -> None:
        """Set `state` or `dirty` of one generation."""
        await change_rows(self._session, VectorCollection, self._tenant_id, _key_of(row), values)

    async def activate(self, row: VectorCollection) -> None:
        """Point readers at a generation and retire every other one of the knowledge base, of any embedder."""
        await self.retire_all(KnowledgeBaseId(row.knowledge_base_id))
        await self.mark(row, state=CollectionState.ACTIVE, dirty=False)

    async def retire_all(self, knowledge_base_id: KnowledgeBaseId) -> None:
        """Point readers at no generation of a knowledge base."""
        in_base = {"knowledge_base_id": knowledge_base_id}
        retired = {"state": CollectionState.RETIRED}
        await change_rows(self._session, VectorCollection, self._tenant_id, in_base, retired)

    async def remove(self, row: VectorCollection) -> None:
        """Forget one generation."""
        await self._session.exec(delete(VectorCollection).where(self._same(row)))

    def _of_embedder(self, knowledge_base_id: KnowledgeBaseId, fingerprint: str) -> ColumnElement[bool]:
        return and_(
            self._mine,
            col(VectorCollection.knowledge_base_id) == knowledge_base_id,
            col(VectorCollection.fingerprint) == fingerprint,
        )

    def _same(self, row: VectorCollection) -> ColumnElement[bool]:
        of_embedder = self._of_embedder(KnowledgeBaseId(row.knowledge_base_id), row.fingerprint)
        return and_(of_embedder, col(VectorCollection.generation) == row.generation)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(VectorCollection.tenant_id) == self._tenant_id


def _key_of(row: VectorCollection) -> dict[str, Any]:
    return {
        "knowledge_base_id": row.knowledge_base_id,
        "fingerprint": row.fingerprint,
        "generation": row.generation,
    }
