"""Sharing chats."""

from typing import Annotated

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import ChatId, SearchText
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.shares import EndedShare, NewShare, Person, Reading, Shares
from ragapp.core.errors import InvalidInput
from ragapp.services.registry import current
from ragapp.services.tenancy.share_views import PersonView, ReadingView, SharesView
from ragapp.services.views import Page

router = caller_router("chats")

PeopleLimit = Annotated[int, Query(ge=1, le=100, description="Most people to return.")]


@router.get("/chats/{chat_id}/shares", response_model=Shares)
async def list_shares(chat_id: ChatId, scope: CallerScope) -> SharesView:
    """Return with whom a chat is shared; its owner only."""
    return await current().sharing.shares(scope, chat_id)


@router.post("/chats/{chat_id}/shares", response_model=Shares)
async def share_chat(chat_id: ChatId, body: NewShare, scope: CallerScope) -> SharesView:
    """Share a chat with members, or with everyone in the organisation."""
    sharing = current().sharing
    if body.user_ids is not None and body.visibility is not None:
        raise InvalidInput("Send user_ids or visibility, not both.", details={"field": "visibility"})
    if body.visibility == "tenant_shared":
        return await sharing.share_with_tenant(scope, chat_id, permission=body.permission)
    if body.visibility == "private":
        return await sharing.unshare(scope, chat_id)
    return await sharing.share(scope, chat_id, user_ids=tuple(body.user_ids or ()), permission=body.permission)


@router.delete("/chats/{chat_id}/shares", response_model=Shares)
async def unshare_chat(chat_id: ChatId, scope: CallerScope, body: EndedShare | None = None) -> SharesView:
    """Take a chat back: from members, from the organisation, or (without a body) from everybody."""
    if body is not None and body.visibility is not None and body.user_ids is None:
        return await current().sharing.unshare_with_tenant(scope, chat_id)
    user_ids = tuple(body.user_ids or ()) if body is not None else ()
    return await current().sharing.unshare(scope, chat_id, user_ids=user_ids)


@router.get("/chats/{chat_id}/readings", response_model=ItemPage[Reading])
async def list_readings(chat_id: ChatId, scope: CallerScope) -> Page[ReadingView]:
    """Return which administrators read this chat of the caller's own, and when."""
    return Page(await current().oversight_chats.readings(scope, chat_id))


@router.get("/people", response_model=ItemPage[Person])
async def find_people(scope: CallerScope, q: SearchText = "", limit: PeopleLimit = 20) -> Page[PersonView]:
    """Return colleagues to share with; `q` searches names and addresses."""
    return Page(await current().sharing.find_people(scope, query=q, limit=limit))
