"""Answers that readers rated bad, for administrators: as much of them as each chat's visibility allows.

A chat that the administrator owns or was given is read as usual. Other people's chats are read only where the tenant's
policy lets administrators read chats, and each of them is written down where its owner sees it. Of the rest nothing is
told but how many ratings there are for which reason.
"""

from collections.abc import Sequence

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.ids import ChatId, KnowledgeBaseId, MessageId
from ragapp.core.quality import FeedbackReason
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.services.chat.evidence_rows import from_row
from ragapp.services.paging import page_limit
from ragapp.services.quality.quality_views import BadRatingView, ReasonCount
from ragapp.services.views import Page
from ragapp.store.bad_ratings import RatingRow
from ragapp.store.store import Store, TenantTransaction


class BadRatingService:
    """Lists and counts bad ratings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(
        self,
        scope: TenantScope,
        *,
        reason: FeedbackReason | None = None,
        knowledge_base_id: KnowledgeBaseId | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[BadRatingView]:
        """Return one page of bad ratings whose chats the caller may read, newest first.

        Raises:
            NotFound: no such knowledge base. InvalidInput: a wrong limit or cursor.
            PermissionDenied: no right to manage knowledge bases, or to read chats.
        """
        limit = page_limit(limit)
        async with self._store.begin(scope) as tx:
            if knowledge_base_id is not None:
                await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            require(scope, Permission.CHAT)
            rows, next_cursor = await tx.bad_ratings.list_page(
                reason=reason, knowledge_base_id=knowledge_base_id, limit=limit, cursor=cursor,
                reads_others=Permission.READ_CHATS_OF_OTHERS in scope.permissions,
            )  # fmt: skip
            await _record_readings(tx, rows)
            return Page(await _views(tx, rows), next_cursor)

    async def counts(
        self, scope: TenantScope, *, knowledge_base_id: KnowledgeBaseId | None = None
    ) -> tuple[ReasonCount, ...]:
        """Return how many answers were rated bad for which reason, those in private chats too; the most first.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.read(scope) as tx:
            if knowledge_base_id is not None:
                await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            found = await tx.bad_ratings.count_by_reason(
                knowledge_base_id, reads_others=Permission.READ_CHATS_OF_OTHERS in scope.permissions
            )
        counts = [
            ReasonCount(FeedbackReason(reason) if reason else None, count, count - readable)
            for reason, (count, readable) in found.items()
        ]
        return tuple(sorted(counts, key=lambda each: (-each.count, each.reason or "")))


async def _record_readings(tx: TenantTransaction, rows: Sequence[RatingRow]) -> None:
    """Write down each chat that is read by policy only."""
    mine = await tx.chats.readable_among([chat.id for _, _, chat in rows])
    for chat_id in dict.fromkeys(chat.id for _, _, chat in rows if chat.id not in mine):
        await tx.audit.record(AuditAction.CHAT_READ_BY_ADMIN, AuditTarget("chat", chat_id))


async def _views(tx: TenantTransaction, rows: Sequence[RatingRow]) -> tuple[BadRatingView, ...]:
    names = await tx.members.names_of([rating.user_id for rating, _, _ in rows])
    taken = await tx.quality_questions.taken_over_among([rating.message_id for rating, _, _ in rows])
    views = []
    for rating, message, chat in rows:
        asked = await tx.messages.question_before(message)
        views.append(
            BadRatingView(
                message_id=MessageId(message.id),
                chat_id=ChatId(chat.id),
                rated_by=names.get(rating.user_id, ""),
                reason=FeedbackReason(rating.reason) if rating.reason else None,
                comment=rating.comment,
                knowledge_base_id=KnowledgeBaseId(rating.knowledge_base_id) if rating.knowledge_base_id else None,
                question=asked.text if asked else "",
                answer=message.text,
                is_refused=message.answerable is False,
                sources=tuple(from_row(dict(row)) for row in message.sources),
                is_taken_over=message.id in taken,
                created_at=rating.created_at,
            )
        )
    return tuple(views)
