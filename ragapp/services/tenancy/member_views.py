"""What managing people hands out: members, invitations, API keys."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ragapp.core.ids import ApiKeyId, InvitationId, TenantId, UserId
from ragapp.core.scope import Permission, Role


class MemberStatus(StrEnum):
    """Whether a member may come in; an inactive one keeps what they made and nothing else."""

    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class MemberView:
    """One member of the tenant. `last_seen_at` is of any session or key here, None when there is none."""

    id: UserId
    email: str
    name: str
    role: Role
    status: MemberStatus
    joined_at: datetime
    last_seen_at: datetime | None
    is_you: bool
    has_second_factor: bool


class InvitationStatus(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation; `invited_by` is a name, empty when that person is no longer a member."""

    id: InvitationId
    email: str
    role: Role
    status: InvitationStatus
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """An invitation with its link, which is shown once; `is_mailed` says that it is on its way by e-mail too."""

    invitation: InvitationView
    link: str
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class InviteResult:
    """What became of one line of a pasted list: an invitation, or the code and message of why there is none."""

    line: str
    invited: InvitationLink | None = None
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class InvitationOffer:
    """What the holder of a link is offered. The same whether or not the address has an account already."""

    tenant_id: TenantId
    organisation: str
    email: str
    role: Role
    language: str
    expires_at: datetime
    is_signed_in: bool
    """The browser is signed in as that very address: one click joins."""


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A key as it is listed; `prefix` is its visible beginning. `scopes` is what it may do at most."""

    id: ApiKeyId
    name: str
    prefix: str
    scopes: tuple[Permission, ...]
    owner_id: UserId
    owner_name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    may_revoke: bool = True
    """Whether the caller may end it: their own, or one of somebody whose role is not above theirs."""


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made; `token` is shown once."""

    key: ApiKeyView
    token: str
