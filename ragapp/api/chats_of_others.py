"""Other people's chats, for administrators of organisations whose policy allows it. Every read is recorded."""

from fastapi import Response

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import ChatId, Cursor, Limit
from ragapp.api.rendering import message_answer, render_json
from ragapp.api.routes import caller_router
from ragapp.api.schemas.chats import Message
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.shares import ChatOfOther
from ragapp.core import ids
from ragapp.services.registry import current
from ragapp.services.tenancy.share_views import ChatOfOtherView
from ragapp.services.views import Page

router = caller_router("chats of others")


@router.get("/oversight/chats", response_model=ItemPage[ChatOfOther])
async def list_chats_of_others(scope: CallerScope, limit: Limit = 50, cursor: Cursor = None) -> Page[ChatOfOtherView]:
    """Return other people's chats, latest first; the audit log says that this was looked at."""
    return await current().oversight_chats.list(scope, limit=limit, cursor=cursor)


@router.get("/oversight/chats/{chat_id}/messages", response_model=ItemPage[Message])
async def read_chat_of_other(
    chat_id: ChatId, scope: CallerScope, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Return the messages of somebody else's chat; the audit log and the chat's owner are told."""
    before = None if cursor is None else ids.MessageId(cursor)
    page = await current().oversight_chats.messages(scope, chat_id, limit=limit, before=before)
    return render_json({"items": [message_answer(item) for item in page.items], "next_cursor": page.next_cursor})
