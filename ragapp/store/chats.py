"""Chats the acting user may see."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, not_, or_
from sqlmodel import col, delete, func, select
from sqlmodel.sql.expression import SelectOfScalar

from ragapp.core.errors import NotFound
from ragapp.core.ids import ChatId
from ragapp.models import Chat, KnowledgeBase, Message
from ragapp.store.chat_rights import chat_readable, chat_writable, is_mine
from ragapp.store.matching import matches
from ragapp.store.paging import cut_page, older_than
from ragapp.store.readable import base_hidden, reads_everything
from ragapp.store.repository import TenantRepository


class ChatRepository(TenantRepository):
    """Chats of the bound tenant, limited to what the acting user owns or was given."""

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
        is_chat = and_(col(Chat.tenant_id) == self._tenant_id, col(Chat.id) == chat_id)
        statement = select(Chat).where(is_chat, chat_readable(self._scope))
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
        return chat.id in await self.writable_among([chat.id])

    async def readable_among(self, chat_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the chats that the acting user owns or was given."""
        wanted = and_(col(Chat.tenant_id) == self._tenant_id, col(Chat.id).in_(list(chat_ids)))
        return frozenset(await self._session.exec(select(Chat.id).where(wanted, chat_readable(self._scope))))

    async def writable_among(self, chat_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the chats that the acting user may ask in."""
        wanted = and_(col(Chat.tenant_id) == self._tenant_id, col(Chat.id).in_(list(chat_ids)))
        return frozenset(await self._session.exec(select(Chat.id).where(wanted, chat_writable(self._scope))))

    async def list_page(
        self, *, limit: int, cursor: str | None, query: str, which: str
    ) -> tuple[list[tuple[Chat, int]], str | None]:
        """Return up to `limit` chats with their message counts, most recently used first, and the next cursor.

        Args:
            limit: Most rows to return.
            cursor: Continue after the page that returned it.
            query: Only chats whose title or one of whose messages has its words. Answers to others are looked at
                only by those who may read all that they may rest on.
            which: "my", "shared" (given to me) or "all".
        """
        counts = (
            select(func.count())
            .where(Message.tenant_id == Chat.tenant_id, Message.chat_id == Chat.id, col(Message.superseded).is_(False))
            .correlate(Chat)
            .scalar_subquery()
        )
        statement = select(Chat, counts).where(Chat.tenant_id == self._tenant_id, chat_readable(self._scope))
        mine = is_mine(self._scope)
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
        in_text = matches(query, Message.text_words)
        in_messages = select(Message.chat_id).where(Message.tenant_id == self._tenant_id, in_text)
        if not reads_everything(self._scope.role):
            in_messages = in_messages.where(self._is_free_to_search())
        return or_(matches(query, Chat.title_words), col(Chat.id).in_(in_messages))

    def _is_free_to_search(self) -> ColumnElement[bool]:
        """Return the condition on messages that finding their words tells the caller of nothing hidden from them."""
        hidden = select(KnowledgeBase.id).where(
            col(KnowledgeBase.tenant_id) == self._tenant_id, base_hidden(self._scope)
        )
        asked_by_me = or_(
            col(Message.author_id) == self._scope.user_id,
            and_(col(Message.author_id).is_(None), col(Message.chat_id).in_(self._my_ids())),
        )
        return or_(col(Message.role) == "user", asked_by_me, not_(exists(hidden)))

    def _my_ids(self) -> SelectOfScalar[str]:
        return select(Chat.id).where(Chat.tenant_id == self._tenant_id, is_mine(self._scope))

    async def touch(self, chat: Chat) -> None:
        """Move a chat to the top of the list."""
        chat.updated_at = self._clock.now()
        self._session.add(chat)

    async def remove(self, chat_id: ChatId) -> None:
        """Delete a chat with its messages."""
        await self._session.exec(delete(Chat).where(col(Chat.tenant_id) == self._tenant_id, col(Chat.id) == chat_id))
