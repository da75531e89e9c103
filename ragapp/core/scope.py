"""Who is asking, for which tenant, with which rights.

A `TenantScope` is born in `services/access.py` only; everything below receives it as its first argument.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ragapp.core.errors import PermissionDenied, ReauthenticationRequired
from ragapp.core.ids import TenantId, UserId


class Role(StrEnum):
    """A member's role inside one tenant, strongest first."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    MEMBER = "member"


class Permission(StrEnum):
    """One thing a member may be allowed to do."""

    CHAT = "chat"
    SEARCH = "search"
    READ_DOCUMENTS = "documents.read"
    WRITE_DOCUMENTS = "documents.write"
    SHARE_CHATS = "chats.share"
    USE_API_KEYS = "api_keys.use"
    MANAGE_KNOWLEDGE_BASES = "knowledge_bases.manage"
    MANAGE_MEMBERS = "members.manage"
    MANAGE_API_KEYS = "api_keys.manage"
    MANAGE_FLAGS = "flags.manage"
    MANAGE_LIMITS = "limits.manage"
    READ_USAGE = "usage.read"
    READ_AUDIT = "audit.read"
    READ_CHATS_OF_OTHERS = "chats.read_others"
    MANAGE_TENANT = "tenant.manage"
    MANAGE_SIGN_IN = "sign_in.manage"


_MEMBER = frozenset(
    {
        Permission.CHAT,
        Permission.SEARCH,
        Permission.READ_DOCUMENTS,
        Permission.SHARE_CHATS,
        Permission.USE_API_KEYS,
    }
)
_EDITOR = _MEMBER | {Permission.WRITE_DOCUMENTS}
_ADMIN = _EDITOR | {
    Permission.MANAGE_KNOWLEDGE_BASES,
    Permission.MANAGE_MEMBERS,
    Permission.MANAGE_API_KEYS,
    Permission.MANAGE_FLAGS,
    Permission.MANAGE_LIMITS,
    Permission.READ_USAGE,
    Permission.READ_AUDIT,
    # Holds only while the tenant's policy allows it, and every use is in the audit log.
    Permission.READ_CHATS_OF_OTHERS,
}
_OWNER = _ADMIN | {Permission.MANAGE_TENANT, Permission.MANAGE_SIGN_IN}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MEMBER: _MEMBER,
    Role.EDITOR: frozenset(_EDITOR),
    Role.ADMIN: frozenset(_ADMIN),
    Role.OWNER: frozenset(_OWNER),
}
"""The one permission table: services, edges and tests are driven from it."""

_STRENGTH = {role: strength for strength, role in enumerate(reversed(Role))}


def is_at_least(role: Role, wanted: Role) -> bool:
    """Return whether `role` is `wanted` or stronger."""
    return _STRENGTH[role] >= _STRENGTH[wanted]


class Origin(StrEnum):
    """Where a scope came from."""

    SESSION = "session"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a kind of credential, not a credential
    API_KEY = "api_key"
    TASK = "task"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class TenantScope:
    """One member of one tenant, as established by a credential.

    `credential_id` names the session or key behind it (empty for tasks and the console); `authenticated_at` is when the
    person last proved who they are, None where no person is present; `confirmed_at` is the same where they repeated
    their proof since the credential was issued, else None.
    """

    tenant_id: TenantId
    user_id: UserId
    role: Role
    permissions: frozenset[Permission]
    origin: Origin
    credential_id: str = ""
    authenticated_at: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlatformScope:
    """The process itself or a platform operator: may act across tenants, never reads content."""

    origin: Origin
    user_id: UserId | None = None
    credential_id: str = ""
    authenticated_at: datetime | None = None


STEP_UP_WINDOW = timedelta(minutes=10)


def require(scope: TenantScope, permission: Permission) -> None:
    """Check one right.

    Raises:
        PermissionDenied: the scope does not hold `permission`.
    """
    if permission not in scope.permissions:
        raise PermissionDenied(details={"permission": permission.value})


def require_recent(scope: TenantScope | PlatformScope, now: datetime) -> None:
    """Check that the person at a browser has proved who they are within `STEP_UP_WINDOW`.

    Raises:
        ReauthenticationRequired: it was longer ago.
    """
    if scope.origin is Origin.SESSION:
        _ensure_within_window(scope.authenticated_at, now)


def ensure_person(scope: TenantScope) -> None:
    """Check that the caller has signed in: what a key may do in a tenant says nothing about its owner's account.

    Whatever somebody may do to themselves without a right asks for this first.

    Raises:
        PermissionDenied: it is a key or a task.
    """
    if scope.origin not in (Origin.SESSION, Origin.ACCESS_TOKEN):
        raise PermissionDenied("A key cannot do this. Sign in as yourself.")


def require_person(scope: TenantScope, now: datetime) -> None:
    """Check that a person is at the other end who has proved who they are within `STEP_UP_WINDOW`.

    Raises:
        PermissionDenied: a key or a task; neither may touch how its owner proves who they are.
        ReauthenticationRequired: it was longer ago.
    """
    ensure_person(scope)
    _ensure_within_window(scope.authenticated_at, now)


def require_step_up(scope: TenantScope, now: datetime) -> None:
    """Check `require_recent`, and that whoever holds an access token repeated their proof since it was issued.

    For what would outlive the token: a stolen one must not turn its hour into years.

    Raises:
        ReauthenticationRequired: it was longer ago, or never.
    """
    require_recent(scope, now)
    if scope.origin is Origin.ACCESS_TOKEN:
        _ensure_within_window(scope.confirmed_at, now)


def _ensure_within_window(proved_at: datetime | None, now: datetime) -> None:
    if proved_at is None or now - proved_at > STEP_UP_WINDOW:
        raise ReauthenticationRequired
