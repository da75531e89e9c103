"""Chats that have outlived the tenant's retention, whoever owns them."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import col, delete, select

from ragapp.models import Chat
from ragapp.store.repository import TenantRepository


class RetentionRepository(TenantRepository):
    """Counts and deletes by age alone; nothing of what is in a chat is read."""

    async def count_older(self, before: datetime) -> int:
        """Return how many chats were last used before a moment."""
        return (await self._session.exec(select(func.count()).select_from(Chat).where(self._older(before)))).one()

    async def delete_older(self, before: datetime, *, limit: int) -> int:
        """Delete up to `limit` of them, the oldest first, with their messages; return how many."""
        oldest = select(Chat.id).where(self._older(before)).order_by(col(Chat.updated_at)).limit(limit)
        mine = col(Chat.tenant_id) == self._tenant_id
        # Asked again with the deletion: a chat that somebody has just used stays.
        statement = delete(Chat).where(mine, col(Chat.id).in_(oldest), col(Chat.updated_at) < before)
        return (await self._session.exec(statement)).rowcount

    def _older(self, before: datetime) -> ColumnElement[bool]:
        return and_(col(Chat.tenant_id) == self._tenant_id, col(Chat.updated_at) < before)
