"""Invitations into the tenant."""

from functools import partial

from ragapp.api.credentials import CallerScope
from ragapp.api.idempotency import create_once
from ragapp.api.parameters import Cursor, IdempotencyKey, InvitationId, Limit
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.members import (
    Invitation,
    InvitationWithLink,
    InviteOutcomes,
    NewInvitation,
    NewInvitations,
)
from ragapp.services.registry import current
from ragapp.services.tenancy.member_views import InvitationLink, InvitationView, InviteResult
from ragapp.services.views import Page

router = caller_router("invitations")


@router.get("/invitations", response_model=ItemPage[Invitation])
async def list_invitations(scope: CallerScope, limit: Limit = 50, cursor: Cursor = None) -> Page[InvitationView]:
    """Return invitations, newest first."""
    return await current().invitations.list(scope, limit=limit, cursor=cursor)


@router.post("/invitations", status_code=201, response_model=InvitationWithLink)
async def invite(body: NewInvitation, scope: CallerScope, key: IdempotencyKey = None) -> object:
    """Invite somebody; the link works once, for seven days, for that address."""
    create = partial(current().invitations.create, scope, email=body.email, role=body.role)
    return await create_once(scope, key, body, InvitationWithLink, create)


@router.post("/invitations/bulk", response_model=InviteOutcomes)
async def invite_many(body: NewInvitations, scope: CallerScope) -> dict[str, tuple[InviteResult, ...]]:
    """Invite everybody on a list and say what became of each line."""
    return {"items": await current().invitations.create_many(scope, lines=body.emails, role=body.role)}


@router.post("/invitations/{invitation_id}/resend", response_model=InvitationWithLink)
async def resend_invitation(invitation_id: InvitationId, scope: CallerScope) -> InvitationLink:
    """Send an invitation again with a new link; the old one ends."""
    return await current().invitations.resend(scope, invitation_id)


@router.delete("/invitations/{invitation_id}", status_code=204)
async def revoke_invitation(invitation_id: InvitationId, scope: CallerScope) -> None:
    """Withdraw an invitation."""
    await current().invitations.revoke(scope, invitation_id)
