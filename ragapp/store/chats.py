"""Chats the acting user may see."""

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, delete, func, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import ChatId
from ragapp.models import Chat, ChatPermission, Message
from ragapp.store.matching import contains
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository


class ChatRepository(TenantRepository):
    """Chats of the bound tenant, limited to what the acting user owns or was given."""

    def _readable(self) -> ColumnElement[bool]:
        shared_with_me = (
            select(ChatPermission.chat_id)
            .where(ChatPermission.tenant_id == self._tenant_id, ChatPermission.user_id == self._scope.user_id)
        )
        return or_(
            col(Chat.owner_id) == self._scope.user_id,
            col(Chat.visibility) == "tenant_shared",
            col(Chat.id).in_(shared_with_me),
        )

    async def add(self, chat: Chat) -> Chat:
        """Store a new chat."""
        self._session.add(chat)
        await self._session.flush()
        return chat

    async def get(self, chat_id: ChatId) -> Chat:
        """Return a chat the acting user may read.

        Raises:
            NotFound: absent, another tenant's, or another member's private chat.
        """
        statement = select(Chat).where(Chat.tenant_id == self._tenant_id, Chat.id == chat_id, self._readable())
        chat = (await self._session.exec(statement)).first()
        if chat is None:
            raise NotFound
        return chat

    async def get_locked(self, chat_id: ChatId) -> Chat:
        """Return a chat like `get` and keep other writers of it waiting until this transaction ends.

        Raises:
            NotFound: as for `get`.
        """
        await self._session.exec(
            select(Chat.id).where(Chat.tenant_id == self._tenant_id, Chat.id == chat_id).with_for_update()
        )
        return await self.get(chat_id)

    async def may_write(self, chat: Chat) -> bool:
        """Return whether the acting user may add to or change a chat they can read."""
        if chat.owner_id == self._scope.user_id:
            return True
        permission = await self._session.get(ChatPermission, (self._tenant_id, chat.id, self._scope.user_id))
        return permission is not None and permission.permission == "write"

    async def list_page(
        self, *, limit: int, cursor: str | None, query: str, which: str
    ) -> tuple[list[tuple[Chat, int]], str | None]:
        """Return up to `limit` chats with their message counts, most recently used first, and the next cursor.

        Args:
            limit: Most rows to return.
            cursor: Continue after the page that returned it.
            query: Only chats whose title or messages contain it, case-insensitively.
            which: "my", "shared" (given to me) or "all".
        """
        counts = (
            select(func.count())
            .where(Message.tenant_id == Chat.tenant_id, Message.chat_id == Chat.id, col(Message.superseded).is_(False))
            .correlate(Chat)
            .scalar_subquery()
        )
        statement = select(Chat, counts).where(Chat.tenant_id == self._tenant_id, self._readable())
        mine = col(Chat.owner_id) == self._scope.user_id
        if which != "all":
            statement = statement.where(mine if which == "my" else ~mine)
        if query:
            statement = statement.where(self._matches(query))
        if cursor is not None:
            statement = statement.where(older_than(cursor, col(Chat.updated_at), col(Chat.id)))
        statement = statement.order_by(col(Chat.updated_at).desc(), col(Chat.id).desc()).limit(limit + 1)
        rows = list(await self._session.exec(statement))
        return cut_page(rows, limit, lambda row: (row[0].updated_at, row[0].id))

    def _matches(self, query: str) -> ColumnElement[bool]:
        in_messages = select(Message.chat_id).where(
            Message.tenant_id == self._tenant_id, contains(Message.text, query)
        )
        return or_(contains(Chat.title, query), col(Chat.id).in_(in_messages))

    async def touch(self, chat: Chat) -> None:
        """Move a chat to the top of the list."""
        chat.updated_at = self._clock.now()
        self._session.add(chat)

    async def remove(self, chat_id: ChatId) -> None:
        """Delete a chat with its messages."""
        await self._session.exec(delete(Chat).where(col(Chat.tenant_id) == self._tenant_id, col(Chat.id) == chat_id))
