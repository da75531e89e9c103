"""With whom chats are shared."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, delete
from sqlmodel import col, select

from ragapp.core.ids import ChatId, UserId
from ragapp.core.sharing import ChatSharing, SharePermission
from ragapp.models import ChatPermission, Tenant
from ragapp.store.chat_rights import sharing_is_on
from ragapp.store.repository import TenantRepository


class ShareRepository(TenantRepository):
    """Shares of the tenant's chats. Callers fetch the chat first."""

    async def get_allowed(self) -> ChatSharing:
        """Return how far chats may be shared now: the tenant's policy, or nobody while the feature is off."""
        statement = select(Tenant.chat_sharing, sharing_is_on(self._scope)).where(col(Tenant.id) == self._tenant_id)
        policy, is_on = (await self._session.exec(statement)).one()
        return ChatSharing(policy) if is_on else ChatSharing.NOBODY

    async def list_of(self, chat_id: ChatId) -> list[tuple[UserId, SharePermission]]:
        """Return who was chosen, and what they may do."""
        return (await self.of_chats([chat_id])).get(chat_id, [])

    async def of_chats(self, chat_ids: Sequence[str]) -> dict[str, list[tuple[UserId, SharePermission]]]:
        """Return chat id -> who was chosen and what they may do, of those chats that are shared so."""
        shares: dict[str, list[tuple[UserId, SharePermission]]] = {}
        if not chat_ids:
            return shares
        statement = select(ChatPermission).where(self._mine, col(ChatPermission.chat_id).in_(list(chat_ids)))
        for row in await self._session.exec(statement):
            shares.setdefault(row.chat_id, []).append((UserId(row.user_id), SharePermission(row.permission)))
        return shares

    async def put(self, chat_id: ChatId, user_ids: Iterable[UserId], permission: SharePermission) -> None:
        """Give people a right on a chat, in place of one they had."""
        chosen = list(dict.fromkeys(user_ids))
        await self.remove(chat_id, chosen)
        self._session.add_all(
            ChatPermission(tenant_id=self._tenant_id, chat_id=chat_id, user_id=user_id, permission=permission.value)
            for user_id in chosen
        )
        await self._session.flush()

    async def remove(self, chat_id: ChatId, user_ids: Iterable[UserId] | None = None) -> None:
        """Take the right of these people back; None: of all."""
        whose = and_(self._mine, col(ChatPermission.chat_id) == chat_id)
        if user_ids is not None:
            whose = and_(whose, col(ChatPermission.user_id).in_(list(user_ids)))
        await self._session.exec(delete(ChatPermission).where(whose))

    async def remove_member(self, user_id: UserId) -> None:
        """Forget everything that was shared with somebody: they leave the tenant."""
        await self._session.exec(delete(ChatPermission).where(self._mine, col(ChatPermission.user_id) == user_id))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(ChatPermission.tenant_id) == self._tenant_id
