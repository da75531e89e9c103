"""Other members' chats, for administrators of tenants whose policy allows it; nothing else leads here."""

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col, func, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import ChatId
from ragapp.models import Chat, Message, Tenant
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository


class ChatsOfOthersRepository(TenantRepository):
    """Reads chats the acting user does not own. Every statement holds the policy: without it nothing is there."""

    async def is_allowed(self) -> bool:
        """Return whether the tenant's policy lets administrators read chats."""
        policy = select(Tenant.admins_may_read_chats).where(col(Tenant.id) == self._tenant_id)
        return bool(await self._session.scalar(policy))

    async def get(self, chat_id: ChatId) -> Chat:
        """Return somebody else's chat.

        Raises:
            NotFound: absent, another tenant's, the caller's own, or the policy forbids it.
        """
        found = await self._session.scalar(select(Chat).where(self._theirs, col(Chat.id) == chat_id))
        if found is None:
            raise NotFound
        return found

    async def list_page(self, *, limit: int, cursor: str | None) -> tuple[list[tuple[Chat, int]], str | None]:
        """Return up to `limit` chats with their message counts, most recently used first, and the next cursor.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        counts = (
            select(func.count())
            .where(Message.tenant_id == Chat.tenant_id, Message.chat_id == Chat.id, col(Message.superseded).is_(False))
            .where(col(Message.tenant_id) == self._tenant_id)
            .correlate(Chat)
            .scalar_subquery()
        )
        statement = select(Chat, counts).where(self._theirs)
        if cursor is not None:
            statement = statement.where(older_than(cursor, col(Chat.updated_at), col(Chat.id)))
        statement = statement.order_by(col(Chat.updated_at).desc(), col(Chat.id).desc()).limit(limit + 1)
        rows = list(await self._session.exec(statement))
        return cut_page(rows, limit, lambda row: (row[0].updated_at, row[0].id))

    @property
    def _theirs(self) -> ColumnElement[bool]:
        policy = select(Tenant.admins_may_read_chats).where(col(Tenant.id) == self._tenant_id).scalar_subquery()
        is_others = col(Chat.owner_id) != self._scope.user_id
        return and_(col(Chat.tenant_id) == self._tenant_id, is_others, policy == true())
