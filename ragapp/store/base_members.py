"""The members chosen to read a knowledge base."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, delete
from sqlmodel import col, select

from ragapp.core.ids import KnowledgeBaseId, UserId
from ragapp.models import KnowledgeBaseMember
from ragapp.store.repository import TenantRepository


class BaseMemberRepository(TenantRepository):
    """Chosen readers of the tenant's knowledge bases. Callers fetch the knowledge base first."""

    async def of_bases(self, knowledge_base_ids: Sequence[str]) -> dict[str, list[UserId]]:
        """Return knowledge base id -> chosen members, of those that have any."""
        chosen: dict[str, list[UserId]] = {}
        wanted = col(KnowledgeBaseMember.knowledge_base_id).in_(list(knowledge_base_ids))
        for row in await self._session.exec(select(KnowledgeBaseMember).where(self._mine, wanted)):
            chosen.setdefault(row.knowledge_base_id, []).append(UserId(row.user_id))
        return chosen

    async def replace(self, knowledge_base_id: KnowledgeBaseId, user_ids: Iterable[UserId]) -> None:
        """Make these the chosen members."""
        of_base = and_(self._mine, col(KnowledgeBaseMember.knowledge_base_id) == knowledge_base_id)
        await self._session.exec(delete(KnowledgeBaseMember).where(of_base))
        self._session.add_all(
            KnowledgeBaseMember(tenant_id=self._tenant_id, knowledge_base_id=knowledge_base_id, user_id=user_id)
            for user_id in dict.fromkeys(user_ids)
        )
        await self._session.flush()

    async def remove_member(self, user_id: UserId) -> None:
        """Forget somebody everywhere: they leave the tenant."""
        await self._session.exec(
            delete(KnowledgeBaseMember).where(self._mine, col(KnowledgeBaseMember.user_id) == user_id)
        )

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(KnowledgeBaseMember.tenant_id) == self._tenant_id
