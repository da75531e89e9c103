"""Members of the tenant."""

from typing import Annotated

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import Cursor, Limit, SearchText, UserId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.members import Member, MemberChange
from ragapp.services.registry import current
from ragapp.services.tenancy.member_views import MemberStatus, MemberView
from ragapp.services.views import Page

router = caller_router("members")

EraseChats = Annotated[bool, Query(description="Delete the member's chats too; else they stay, closed to everybody.")]


@router.get("/members", response_model=ItemPage[Member])
async def list_members(
    scope: CallerScope, limit: Limit = 50, cursor: Cursor = None, q: SearchText = ""
) -> Page[MemberView]:
    """Return members, those who joined last first; `q` searches names and addresses."""
    return await current().members.list(scope, limit=limit, cursor=cursor, query=q)


@router.get("/members/{user_id}", response_model=Member)
async def get_member(user_id: UserId, scope: CallerScope) -> MemberView:
    """Return a member."""
    return await current().members.get(scope, user_id)


@router.patch("/members/{user_id}", response_model=Member)
async def change_member(user_id: UserId, body: MemberChange, scope: CallerScope) -> MemberView:
    """Change a member's role, or keep them out and let them in again."""
    members = current().members
    view = await members.get(scope, user_id)
    if body.role is not None:
        view = await members.change_role(scope, user_id, body.role)
    if body.status is not None:
        change = members.reactivate if body.status is MemberStatus.ACTIVE else members.deactivate
        view = await change(scope, user_id)
    return view


@router.delete("/members/{user_id}", status_code=204)
async def remove_member(user_id: UserId, scope: CallerScope, erase_chats: EraseChats = False) -> None:
    """End a membership, at once."""
    await current().members.remove(scope, user_id, erase_chats=erase_chats)
