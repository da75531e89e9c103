"""Administrators reading other people's chats: only where the tenant's policy says so, and never unnoticed.

Every read is in the audit log, written in the transaction of the read itself: what cannot be recorded cannot be read.
The owner of the chat is told who read it and when.
"""

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import FeatureDisabled, NotFound, PermissionDenied
from ragapp.core.ids import ChatId, MessageId, UserId
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.services.chat.chat_views import load_message_views
from ragapp.services.paging import page_limit
from ragapp.services.tenancy.share_views import ChatOfOtherView, ReadingView
from ragapp.services.views import MessageView, Page
from ragapp.store.store import Store, TenantTransaction

_MAX_READINGS = 50
_NOT_ALLOWED = "Your organisation does not let administrators read chats. Its owners can change that in the settings."


class OversightChatService:
    """A path of its own, beside the chats a member has or was given; it reads and does nothing else."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(
        self, scope: TenantScope, *, limit: int = 50, cursor: str | None = None
    ) -> Page[ChatOfOtherView]:
        """Return other people's chats, most recently used first. Titles are content: the look is recorded.

        Raises:
            PermissionDenied: no right. FeatureDisabled: the tenant's policy forbids it.
            InvalidInput: bad limit or cursor.
        """
        limit = page_limit(limit)
        async with self._store.begin(scope) as tx:
            await _ensure_allowed(tx, scope)
            rows, next_cursor = await tx.chats_of_others.list_page(limit=limit, cursor=cursor)
            names = await tx.members.names_of([chat.owner_id for chat, _ in rows])
            await tx.audit.record(AuditAction.CHAT_READ_BY_ADMIN, AuditTarget("chats"), {"count": len(rows)})
        views = (
            ChatOfOtherView(
                id=ChatId(chat.id),
                title=chat.title,
                owner_id=UserId(chat.owner_id),
                owner_name=names.get(chat.owner_id, ""),
                updated_at=chat.updated_at,
                message_count=count,
            )
            for chat, count in rows
        )
        return Page(tuple(views), next_cursor)

    async def messages(
        self, scope: TenantScope, chat_id: ChatId, *, limit: int = 50, before: MessageId | None = None
    ) -> Page[MessageView]:
        """Return the latest messages of somebody else's chat below `before`, oldest first.

        Raises:
            PermissionDenied: no right. FeatureDisabled: the tenant's policy forbids it.
            NotFound: no such chat of somebody else, or `before` is not one of its messages.
        """
        limit = page_limit(limit)
        async with self._store.begin(scope) as tx:
            await _ensure_allowed(tx, scope)
            chat = await tx.chats_of_others.get(chat_id)
            position = None
            if before is not None:
                last = await tx.messages.get(before)
                if last.chat_id != chat_id:
                    raise NotFound
                position = last.position
            rows = await tx.messages.list_before(chat_id, limit=limit + 1, before=position)
            views = await load_message_views(tx, scope, chat, list(reversed(rows[:limit])))
            await tx.audit.record(AuditAction.CHAT_READ_BY_ADMIN, AuditTarget("chat", chat_id))
        return Page(views, views[0].id if len(rows) > limit else None)

    async def readings(self, scope: TenantScope, chat_id: ChatId) -> tuple[ReadingView, ...]:
        """Return who read the caller's own chat this way, the latest first, once per person and day.

        Raises:
            NotFound: not readable. PermissionDenied: somebody else's.
        """
        async with self._store.read(scope) as tx:
            chat = await tx.chats.get(chat_id)
            require(scope, Permission.CHAT)
            if chat.owner_id != scope.user_id:
                raise PermissionDenied
            events = await tx.audit.list_events(
                limit=_MAX_READINGS,
                actions=(AuditAction.CHAT_READ_BY_ADMIN.value,),
                target=AuditTarget("chat", chat_id),
            )
            names = await tx.members.names_of([event.actor_id for event in events])
        per_day = {(event.actor_id, event.at.date()): event for event in reversed(events)}
        latest_first = sorted(per_day.values(), key=lambda event: event.sequence, reverse=True)
        return tuple(ReadingView(names.get(event.actor_id, ""), event.at) for event in latest_first)


async def _ensure_allowed(tx: TenantTransaction, scope: TenantScope) -> None:
    require(scope, Permission.READ_CHATS_OF_OTHERS)
    if not await tx.chats_of_others.is_allowed():
        raise FeatureDisabled(_NOT_ALLOWED)
