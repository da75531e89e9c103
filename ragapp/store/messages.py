"""Messages of chats, and what readers thought of them."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col, delete, func, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import ChatId, MessageId, RunId
from ragapp.core.lifecycle import MessageStatus
from ragapp.models import Feedback, Message
from ragapp.store.repository import TenantRepository


class MessageRepository(TenantRepository):
    """Messages of the bound tenant. Callers fetch the chat first: rights on a chat are rights on its messages."""

    async def append(self, message: Message) -> Message:
        """Store a message at the end of its chat."""
        last = await self._session.exec(
            select(func.max(Message.position)).where(
                Message.tenant_id == self._tenant_id, Message.chat_id == message.chat_id
            )
        )
        message.position = (last.one() or 0) + 1
        self._session.add(message)
        await self._session.flush()
        return message

    async def replace(self, old: Message, new: Message) -> Message:
        """Store `new` in the place of `old`, which stays readable by id but leaves the conversation."""
        lowest = await self._session.exec(
            select(func.min(Message.position)).where(
                Message.tenant_id == self._tenant_id, Message.chat_id == old.chat_id
            )
        )
        new.position = old.position
        old.position, old.superseded = min(lowest.one() or 0, 0) - 1, True
        await self._session.flush()
        self._session.add(new)
        await self._session.flush()
        return new

    async def get(self, message_id: MessageId) -> Message:
        """Return a message of this tenant.

        Raises:
            NotFound: absent or another tenant's.
        """
        message = await self._session.get(Message, (self._tenant_id, message_id))
        if message is None:
            raise NotFound
        return message

    async def find_by_run(self, run_id: RunId) -> Message | None:
        """Return the answer a run writes or wrote."""
        statement = select(Message).where(Message.tenant_id == self._tenant_id, Message.run_id == run_id)
        return (await self._session.exec(statement)).first()

    async def active_runs(self, chat_ids: Sequence[str]) -> dict[str, str]:
        """Return chat id -> run id for chats whose answer is being written."""
        statement = select(Message.chat_id, Message.run_id).where(
            Message.tenant_id == self._tenant_id,
            col(Message.chat_id).in_(chat_ids),
            Message.status == MessageStatus.STREAMING,
        )
        return {chat: run for chat, run in (await self._session.exec(statement)) if run}

    async def list_before(self, chat_id: ChatId, *, limit: int, before: int | None) -> list[Message]:
        """Return up to `limit` visible messages below position `before` (None: the end), newest first."""
        statement = select(Message).where(
            Message.tenant_id == self._tenant_id, Message.chat_id == chat_id, col(Message.superseded).is_(False)
        )
        if before is not None:
            statement = statement.where(col(Message.position) < before)
        return list(await self._session.exec(statement.order_by(col(Message.position).desc()).limit(limit)))

    async def question_before(self, message: Message) -> Message | None:
        """Return the question an answer belongs to."""
        statement = (
            select(Message)
            .where(
                Message.tenant_id == self._tenant_id,
                Message.chat_id == message.chat_id,
                Message.role == "user",
                col(Message.position) < message.position,
            )
            .order_by(col(Message.position).desc())
        )
        return (await self._session.exec(statement)).first()

    async def interrupt_unfinished(self) -> int:
        """Mark answers whose process is gone as interrupted, keeping their text, and return how many."""
        result = await self._session.exec(
            update(Message)
            .where(col(Message.tenant_id) == self._tenant_id, col(Message.status) == MessageStatus.STREAMING)
            .values(status=MessageStatus.INTERRUPTED, finished_at=self._clock.now())
        )
        return int(getattr(result, "rowcount", 0))

    async def feedback_on(self, message_ids: Sequence[str]) -> dict[str, str]:
        """Return message id -> the acting user's rating."""
        statement = select(Feedback.message_id, Feedback.rating).where(
            Feedback.tenant_id == self._tenant_id,
            Feedback.user_id == self._scope.user_id,
            col(Feedback.message_id).in_(message_ids),
        )
        return dict((await self._session.exec(statement)).all())

    async def set_feedback(
        self, message_id: MessageId, *, rating: str, reason: str, comment: str, knowledge_base_id: str
    ) -> None:
        """Replace the acting user's judgement of an answer; an empty rating removes it."""
        await self._session.exec(
            delete(Feedback).where(
                col(Feedback.tenant_id) == self._tenant_id,
                col(Feedback.message_id) == message_id,
                col(Feedback.user_id) == self._scope.user_id,
            )
        )
        if rating:
            self._session.add(
                Feedback(
                    tenant_id=self._tenant_id,
                    message_id=message_id,
                    user_id=self._scope.user_id,
                    rating=rating,
                    reason=reason,
                    comment=comment,
                    knowledge_base_id=knowledge_base_id,
                    created_at=self._clock.now(),
                )
            )
