"""Chats and messages as one reader sees them."""

from collections.abc import Sequence

from ragapp.core.events import Support
from ragapp.core.ids import ChatId, MessageId, RunId
from ragapp.core.lifecycle import MessageStatus
from ragapp.core.scope import TenantScope
from ragapp.core.sharing import ChatVisibility
from ragapp.models import Chat, Message
from ragapp.rag.blocks import split_blocks
from ragapp.services.chat.evidence_rows import claim_from_row, from_row
from ragapp.services.retrieval.withholding import Shown, author_of, shown_to
from ragapp.services.views import ChatView, ErrorView, MessageView
from ragapp.store.store import TenantTransaction


async def load_chat_views(
    tx: TenantTransaction, scope: TenantScope, rows: Sequence[tuple[Chat, int, str | None]]
) -> tuple[ChatView, ...]:
    """Return views of (chat, message count, active run), with what the caller may do in them and whose they are."""
    shares = await tx.shares.of_chats([chat.id for chat, _, _ in rows])
    foreign = [chat for chat, _, _ in rows if chat.owner_id != scope.user_id]
    names = await tx.members.names_of([chat.owner_id for chat in foreign])
    writable = await tx.chats.writable_among([chat.id for chat in foreign]) if foreign else frozenset[str]()
    return tuple(
        chat_view(
            chat,
            count,
            run,
            is_mine=chat.owner_id == scope.user_id,
            is_shared=chat.id in shares or chat.visibility != ChatVisibility.PRIVATE,
            may_write=chat.owner_id == scope.user_id or chat.id in writable,
            owner_name=names.get(chat.owner_id, ""),
        )
        for chat, count, run in rows
    )


def chat_view(
    chat: Chat,
    message_count: int,
    active_run_id: str | None,
    *,
    is_mine: bool = True,
    is_shared: bool = False,
    may_write: bool = True,
    owner_name: str = "",
) -> ChatView:
    """Return a chat as it is shown in lists."""
    is_open = chat.visibility != ChatVisibility.PRIVATE
    return ChatView(
        id=ChatId(chat.id),
        title=chat.title,
        visibility=(ChatVisibility.TENANT_SHARED if is_open else ChatVisibility.PRIVATE).value,
        created_at=chat.created_at,
        updated_at=chat.updated_at,
        message_count=message_count,
        active_run_id=RunId(active_run_id) if active_run_id else None,
        is_mine=is_mine,
        is_shared=is_shared,
        may_write=may_write,
        owner_name=owner_name,
    )


async def load_message_views(
    tx: TenantTransaction, scope: TenantScope, chat: Chat, rows: Sequence[Message]
) -> tuple[MessageView, ...]:
    """Return views of a chat's messages: what the caller may see of them, who asked, and the caller's own ratings."""
    feedback = await tx.messages.feedback_on([row.id for row in rows])
    refused = [row.id for row in rows if row.answerable is False]
    reported = await tx.missing_reports.reported_among(refused) if refused else frozenset[MessageId]()
    shown = await shown_to(tx, scope, chat, rows)
    authors = {row.id: author_of(row, chat) for row in rows}
    names = await tx.members.names_of([author for author in authors.values() if author != scope.user_id])
    return tuple(
        message_view(
            row,
            shown[row.id],
            feedback=feedback.get(row.id, ""),
            author_name=names.get(authors[row.id], ""),
            is_mine=authors[row.id] == scope.user_id,
            is_reported=row.id in reported,
        )
        for row in rows
    )


def message_view(
    message: Message,
    shown: Shown,
    *,
    feedback: str = "",
    author_name: str = "",
    is_mine: bool = True,
    is_reported: bool = False,
) -> MessageView:
    """Return a message as it is shown in a chat."""
    is_answer = message.role == "assistant"
    return MessageView(
        id=MessageId(message.id),
        chat_id=ChatId(message.chat_id),
        role=message.role,
        status=MessageStatus(message.status),
        text=shown.text,
        blocks=tuple(split_blocks(shown.text)) if is_answer else (shown.text,),
        created_at=message.created_at,
        answerable=message.answerable,
        confidence=message.confidence,
        support=Support(message.support),
        language=message.language,
        generator=message.generator,
        sources=tuple(from_row(dict(row)) for row in shown.sources),
        unsupported=() if shown.is_withheld else tuple(claim_from_row(row) for row in message.unsupported or ()),
        error=ErrorView(message.error_code, message.error_message) if message.error_code else None,
        run_id=RunId(message.run_id) if message.run_id else None,
        feedback=feedback,
        duration_ms=message.timings.get("total", 0.0),
        author_name=author_name,
        is_mine=is_mine,
        is_reported=is_reported,
        timings_ms=dict(message.timings),
        withheld_count=shown.withheld_count,
        is_withheld=shown.is_withheld,
    )
