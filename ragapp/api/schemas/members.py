"""Shapes of members, invitations and API keys."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ragapp.api.parameters import Answer, RequestBody, Text
from ragapp.core.scope import Permission, Role
from ragapp.services.tenancy.invitations import MAX_INVITED_AT_ONCE
from ragapp.services.tenancy.member_views import InvitationStatus, MemberStatus

Email = Annotated[Text, Field(max_length=320)]
WantedRole = Annotated[Role, Field(strict=False)]


class Member(Answer):
    """A member of the tenant."""

    id: str
    email: str
    name: str
    role: Role
    status: MemberStatus
    joined_at: datetime
    last_seen_at: datetime | None
    has_second_factor: bool


class MemberChange(RequestBody):
    """What may be changed of a member; what is absent stays."""

    role: WantedRole | None = None
    status: Annotated[MemberStatus, Field(strict=False)] | None = None


class Invitation(Answer):
    """An invitation."""

    id: str
    email: str
    role: Role
    status: InvitationStatus
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationWithLink(Answer):
    """An invitation that was just made or renewed; the link is shown once."""

    invitation: Invitation
    link: str
    is_mailed: bool


class NewInvitation(RequestBody):
    """Whom to invite."""

    email: Email
    role: WantedRole = Role.MEMBER


class NewInvitations(RequestBody):
    """A pasted list: one address each."""

    emails: Annotated[list[Email], Field(min_length=1, max_length=MAX_INVITED_AT_ONCE)]
    role: WantedRole = Role.MEMBER


class InviteOutcome(Answer):
    """What became of one line: `invited`, or why not."""

    line: str
    invited: InvitationWithLink | None
    error_code: str
    error_message: str


class InviteOutcomes(Answer):
    """What became of each line, in order."""

    items: list[InviteOutcome]


class ApiKey(Answer):
    """An API key as it is listed."""

    id: str
    name: str
    prefix: str
    scopes: list[Permission]
    owner_id: str
    owner_name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    may_revoke: bool = Field(description="Whether the caller may end it.")


class CreatedApiKey(Answer):
    """A key that was just made; `token` is shown once."""

    key: ApiKey
    token: str


class NewApiKey(RequestBody):
    """A key to make for the caller. Without `scopes` it may do what its owner may."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    scopes: list[Annotated[Permission, Field(strict=False)]] | None = None
    expires_at: Annotated[datetime, Field(strict=False)] | None = None
