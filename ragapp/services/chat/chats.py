"""Chats and their messages: listing, naming, removing, judging, and the evidence behind an answer."""

from collections.abc import Mapping, Sequence

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, NotFound, PermissionDenied
from ragapp.core.ids import ChatId, MessageId, new_id, version_of
from ragapp.core.ports import Clock
from ragapp.core.quality import FeedbackReason
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.core.sharing import ChatVisibility
from ragapp.models import Chat, Message
from ragapp.services.chat.chat_views import chat_view, load_chat_views, load_message_views
from ragapp.services.chat.evidence_rows import from_row
from ragapp.services.chat.evidence_tables import table_of
from ragapp.services.paging import MAX_PAGE, page_limit
from ragapp.services.retrieval.withholding import Shown
from ragapp.services.views import ChatView, EvidenceView, MessageView, Page
from ragapp.store.store import Store, TenantTransaction

_CONTEXT_CHARACTERS = 1200
_RATINGS = ("up", "down", "")
_WHICH = ("my", "shared", "all")


class ChatService:
    """A member's conversations, and those shared with them. Others' private chats do not exist, whatever the role."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(
        self, scope: TenantScope, *, limit: int = 50, cursor: str | None = None, query: str = "", which: str = "my"
    ) -> Page[ChatView]:
        """Return chats, most recently used first; `query` searches titles and messages.

        Raises:
            InvalidInput: a bad cursor, limit or `which`.
        """
        require(scope, Permission.CHAT)
        if which not in _WHICH:
            raise InvalidInput('Use "my", "shared" or "all".', details={"field": "scope"})
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            rows, next_cursor = await tx.chats.list_page(
                limit=limit, cursor=cursor, query=query.strip()[:200], which=which
            )
            runs = await tx.messages.active_runs([chat.id for chat, _ in rows])
            views = await load_chat_views(tx, scope, [(chat, count, runs.get(chat.id)) for chat, count in rows])
        return Page(views, next_cursor)

    async def create(self, scope: TenantScope, *, title: str = "") -> ChatView:
        """Start an empty private chat."""
        require(scope, Permission.CHAT)
        async with self._store.begin(scope) as tx:
            chat = await tx.chats.add(new_chat(scope, title, self._clock))
        return chat_view(chat, 0, None)

    async def get(self, scope: TenantScope, chat_id: ChatId) -> ChatView:
        """Return one chat.

        Raises:
            NotFound: absent, or not readable by the caller.
        """
        async with self._store.read(scope) as tx:
            chat = await tx.chats.get(chat_id)
            require(scope, Permission.CHAT)
            runs = await tx.messages.active_runs([chat.id])
            count = len(await tx.messages.list_before(chat_id, limit=MAX_PAGE, before=None))
            return (await load_chat_views(tx, scope, [(chat, count, runs.get(chat.id))]))[0]

    async def rename(self, scope: TenantScope, chat_id: ChatId, title: str) -> ChatView:
        """Give a chat another title.

        Raises:
            NotFound: not readable. PermissionDenied: readable, but not the caller's to change. InvalidInput: empty.
        """
        title = " ".join(title.split())[:200]
        if not title:
            raise InvalidInput("A chat needs a title.", details={"field": "title"})
        async with self._store.begin(scope) as tx:
            chat = await writable_chat(tx, scope, chat_id)
            chat.title = title
        return await self.get(scope, chat_id)

    async def delete(self, scope: TenantScope, chat_id: ChatId) -> None:
        """Delete a chat with its messages; only its owner may.

        Raises:
            NotFound: not readable. PermissionDenied: somebody else's.
        """
        async with self._store.begin(scope) as tx:
            chat = await tx.chats.get(chat_id)
            require(scope, Permission.CHAT)
            if chat.owner_id != scope.user_id:
                raise PermissionDenied
            is_shared = chat.visibility != ChatVisibility.PRIVATE or bool(await tx.shares.list_of(chat_id))
            await tx.chats.remove(chat_id)
            # What only its owner ever saw leaves no words behind.
            target = AuditTarget("chat", chat_id, chat.title if is_shared else "")
            await tx.audit.record(AuditAction.CHAT_DELETED, target, {"was_shared": int(is_shared)})

    async def messages(
        self, scope: TenantScope, chat_id: ChatId, *, limit: int = 50, before: MessageId | None = None
    ) -> Page[MessageView]:
        """Return the latest messages below `before`, oldest first; `next_cursor` leads to older ones.

        Raises:
            NotFound: the chat is not readable, or `before` is not one of its messages.
        """
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            chat = await tx.chats.get(chat_id)
            require(scope, Permission.CHAT)
            position = None
            if before is not None:
                position = (await _message_of(tx, chat_id, before)).position
            rows = await tx.messages.list_before(chat_id, limit=limit + 1, before=position)
            views = await load_message_views(tx, scope, chat, list(reversed(rows[:limit])))
        more = len(rows) > limit
        return Page(views, views[0].id if more else None)

    async def give_feedback(
        self,
        scope: TenantScope,
        message_id: MessageId,
        *,
        rating: str,
        reason: FeedbackReason | None = None,
        comment: str = "",
    ) -> None:
        """Record what the caller thinks of an answer and why it is bad; an empty rating takes it back.

        Raises:
            NotFound: not readable. InvalidInput: unknown rating, not an answer, or a reason for a good one.
        """
        if rating not in _RATINGS:
            raise InvalidInput('Use "up" or "down".', details={"field": "rating"})
        if reason is not None and rating != "down":
            raise InvalidInput("Only a bad answer has a reason.", details={"field": "reason"})
        async with self._store.begin(scope) as tx:
            message = await readable_message(tx, message_id)
            require(scope, Permission.CHAT)
            if message.role != "assistant":
                raise InvalidInput("Only answers can be rated.")
            before = (await tx.messages.feedback_on([message_id])).get(message_id, "")
            await tx.messages.set_feedback(
                message_id,
                rating=rating,
                reason=reason.value if reason else "",
                comment=comment.replace("\x00", "")[:2000],
                knowledge_base_id=await _base_of(tx, message),
            )
            await tx.usage.add(scope.user_id, **_rating_amounts(before, rating))

    async def evidence(self, scope: TenantScope, message_id: MessageId, n: int) -> EvidenceView:
        """Return source `n` of an answer with the text around it.

        Raises:
            NotFound: the message or source is not readable, or the document has been deleted since.
        """
        async with self._store.read(scope) as tx:
            message = await readable_message(tx, message_id)
            require(scope, Permission.CHAT)
            source = next((item for item in map(from_row, message.sources) if item.n == n), None)
            if source is None:
                raise NotFound
            passage = source.passage
            document = await tx.documents.get(passage.document_id)
            # What the answer read, even when the document has been replaced since.
            version = version_of(passage.chunk_id) or document.version
            stored = await tx.documents.find_text(passage.document_id, version)
            file = await tx.versions.find(passage.document_id, version)
            if stored is None or file is None:
                raise NotFound
            text = stored.text
        return EvidenceView(
            document_id=passage.document_id,
            document_title=document.title,
            version=version,
            is_current=version == document.version,
            content_type=file.content_type,
            page=passage.page,
            page_count=file.page_count,
            heading=passage.heading,
            chunk_id=passage.chunk_id,
            before=text[max(0, passage.start - _CONTEXT_CHARACTERS) : passage.start],
            passage_text=text[passage.start : passage.end],
            after=text[passage.end : passage.end + _CONTEXT_CHARACTERS],
            start=passage.start,
            end=passage.end,
            quote_start=source.quote_start,
            quote_end=source.quote_end,
            table=table_of(
                passage, text[passage.start : passage.end], source.quote_start, source.quote_end
            ),
        )


async def _base_of(tx: TenantTransaction, message: Message) -> str:
    """Return the knowledge base of an answer's first source, "" where it has none that is still there."""
    if not message.sources:
        return ""
    document = await tx.documents.find(from_row(message.sources[0]).passage.document_id)
    return document.knowledge_base_id if document else ""


def _rating_amounts(before: str, rating: str) -> dict[str, int]:
    """Return what a rating in place of another counts as in the tenant's usage."""
    return {f"feedback_{name}": (rating == name) - (before == name) for name in ("up", "down")}


def new_chat(scope: TenantScope, title: str, clock: Clock) -> Chat:
    """Return a private chat of the caller, not stored yet."""
    now = clock.now()
    return Chat(
        tenant_id=scope.tenant_id,
        id=new_id(),
        owner_id=scope.user_id,
        title=" ".join(title.split())[:200],
        created_at=now,
        updated_at=now,
    )


async def _message_of(tx: TenantTransaction, chat_id: ChatId, message_id: MessageId) -> Message:
    message = await tx.messages.get(message_id)
    if message.chat_id != chat_id:
        raise NotFound
    return message


async def readable_message(tx: TenantTransaction, message_id: MessageId) -> Message:
    """Return a message of a chat the caller may read.

    Raises:
        NotFound: absent, another tenant's, or in somebody's private chat.
    """
    message = await tx.messages.get(message_id)
    await tx.chats.get(ChatId(message.chat_id))
    return message


async def writable_chat(tx: TenantTransaction, scope: TenantScope, chat_id: ChatId) -> Chat:
    """Return a chat the caller may add to.

    Raises:
        NotFound: not readable. PermissionDenied: readable only.
    """
    chat = await tx.chats.get_locked(chat_id)
    require(scope, Permission.CHAT)
    if not await tx.chats.may_write(chat):
        raise PermissionDenied
    return chat


def history_of(messages: Sequence[Message], shown: Mapping[str, Shown]) -> list[tuple[str, str]]:
    """Return finished (question, answer) pairs, oldest first, from messages in order, as far as the asker sees them."""
    pairs: list[tuple[str, str]] = []
    question = ""
    for message in messages:
        text = shown[message.id].text
        if message.role == "user":
            question = text
        elif question and text and message.answerable:
            pairs.append((question, text))
            question = ""
    return pairs
