"""Chats and what was said in them."""

from functools import partial
from typing import Annotated, Literal

from fastapi import Query, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.idempotency import create_once
from ragapp.api.parameters import ChatId, Cursor, IdempotencyKey, Limit, SearchText
from ragapp.api.rendering import message_answer, render_json
from ragapp.api.routes import caller_router
from ragapp.api.schemas.chats import Chat, ChatChange, Message, NewChat
from ragapp.api.schemas.common import ItemPage
from ragapp.core import ids
from ragapp.services.registry import current
from ragapp.services.views import ChatView, Page

router = caller_router("chats")

Which = Annotated[Literal["my", "shared", "all"], Query(alias="scope", description="Whose chats.")]


@router.get("/chats", response_model=ItemPage[Chat])
async def list_chats(
    scope: CallerScope, limit: Limit = 50, cursor: Cursor = None, which: Which = "my", q: SearchText = ""
) -> Page[ChatView]:
    """Return chats, latest first; `q` searches titles and messages."""
    return await current().chats.list(scope, limit=limit, cursor=cursor, query=q, which=which)


@router.post("/chats", status_code=201, response_model=Chat)
async def create_chat(body: NewChat, scope: CallerScope, key: IdempotencyKey = None) -> object:
    """Create an empty chat."""
    create = partial(current().chats.create, scope, title=body.title)
    return await create_once(scope, key, body, Chat, create)


@router.get("/chats/{chat_id}", response_model=Chat)
async def get_chat(chat_id: ChatId, scope: CallerScope) -> ChatView:
    """Return a chat."""
    return await current().chats.get(scope, chat_id)


@router.patch("/chats/{chat_id}", response_model=Chat)
async def rename_chat(chat_id: ChatId, body: ChatChange, scope: CallerScope) -> ChatView:
    """Give a chat another title."""
    return await current().chats.rename(scope, chat_id, body.title)


@router.delete("/chats/{chat_id}", status_code=204)
async def delete_chat(chat_id: ChatId, scope: CallerScope) -> None:
    """Delete a chat and its messages."""
    await current().chats.delete(scope, chat_id)


@router.get("/chats/{chat_id}/messages", response_model=ItemPage[Message])
async def list_messages(chat_id: ChatId, scope: CallerScope, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return messages, oldest first within the page; `next_cursor` leads to older ones."""
    before = None if cursor is None else ids.MessageId(cursor)
    page = await current().chats.messages(scope, chat_id, limit=limit, before=before)
    return render_json({"items": [message_answer(item) for item in page.items], "next_cursor": page.next_cursor})
