"""Answers that were rated bad, for administrators: what may be read of them, and how many there are."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import col, func, select

from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.quality import FeedbackReason
from ragapp.models import Chat, Feedback, Message, Tenant
from ragapp.store.chat_rights import chat_readable
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository

RatingRow = tuple[Feedback, Message, Chat]
_BAD = "down"


class BadRatingRepository(TenantRepository):
    """Bad ratings of the bound tenant. Those in chats the acting member may not read are only ever counted.

    `reads_others`: they have the right to read other people's chats, which holds where the tenant's policy allows it.
    """

    async def list_page(
        self,
        *,
        reason: FeedbackReason | None,
        knowledge_base_id: KnowledgeBaseId | None,
        reads_others: bool,
        limit: int,
        cursor: str | None,
    ) -> tuple[list[RatingRow], str | None]:
        """Return one page of those whose chats may be read, newest first, and the cursor of the next.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        bad = and_(self._bad, self._narrowed(reason, knowledge_base_id))
        statement = select(Feedback, Message, Chat).join(Message, self._judged).join(Chat, self._around)
        statement = statement.where(bad, self._may_be_read(reads_others=reads_others))
        if cursor is not None:
            statement = statement.where(older_than(cursor, Feedback.created_at, Feedback.message_id))
        ordered = statement.order_by(col(Feedback.created_at).desc(), col(Feedback.message_id).desc())
        rows = list(await self._session.exec(ordered.limit(limit + 1)))
        return cut_page(rows, limit, lambda row: (row[0].created_at, row[0].message_id))

    async def count_by_reason(
        self, knowledge_base_id: KnowledgeBaseId | None, *, reads_others: bool
    ) -> dict[str, tuple[int, int]]:
        """Return reason -> (how many bad ratings, how many of them in chats that may be read)."""
        bad = and_(self._bad, self._narrowed(None, knowledge_base_id))
        of_all = select(Feedback.reason, func.count()).where(bad).group_by(col(Feedback.reason))
        readable = (
            select(Feedback.reason, func.count())
            .join(Message, self._judged)
            .join(Chat, self._around)
            .where(bad, self._may_be_read(reads_others=reads_others))
            .group_by(col(Feedback.reason))
        )
        read = dict((await self._session.exec(readable)).all())
        return {reason: (count, read.get(reason, 0)) for reason, count in (await self._session.exec(of_all))}

    async def list_made_by_me(self) -> Sequence[Feedback]:
        """Return every rating of the acting member, good ones too, oldest first."""
        mine = and_(col(Feedback.tenant_id) == self._tenant_id, col(Feedback.user_id) == self._scope.user_id)
        return (await self._session.exec(select(Feedback).where(mine).order_by(col(Feedback.created_at)))).all()

    def _narrowed(
        self, reason: FeedbackReason | None, knowledge_base_id: KnowledgeBaseId | None
    ) -> ColumnElement[bool]:
        by_reason = true() if reason is None else col(Feedback.reason) == reason.value
        by_base = true() if knowledge_base_id is None else col(Feedback.knowledge_base_id) == knowledge_base_id
        return and_(by_reason, by_base)

    @property
    def _bad(self) -> ColumnElement[bool]:
        return and_(col(Feedback.tenant_id) == self._tenant_id, col(Feedback.rating) == _BAD)

    @property
    def _judged(self) -> ColumnElement[bool]:
        return and_(col(Message.tenant_id) == self._tenant_id, col(Message.id) == col(Feedback.message_id))

    @property
    def _around(self) -> ColumnElement[bool]:
        return and_(col(Chat.tenant_id) == self._tenant_id, col(Chat.id) == col(Message.chat_id))

    def _may_be_read(self, *, reads_others: bool) -> ColumnElement[bool]:
        """Chats of one's own or given to one; all of them where the tenant lets administrators read chats."""
        if not reads_others:
            return chat_readable(self._scope)
        policy = select(Tenant.admins_may_read_chats).where(col(Tenant.id) == self._tenant_id).scalar_subquery()
        return or_(chat_readable(self._scope), policy == true())
