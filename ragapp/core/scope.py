"""Who is asking, for which tenant, with which rights.

A `TenantScope` is born in `services/access.py` only; everything below receives it as its first argument.
"""

from dataclasses import dataclass
from enum import StrEnum

from ragapp.core.errors import PermissionDenied
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
    MANAGE_KNOWLEDGE_BASES = "knowledge_bases.manage"
    MANAGE_MEMBERS = "members.manage"
    MANAGE_TENANT = "tenant.manage"


_MEMBER = frozenset({Permission.CHAT, Permission.SEARCH, Permission.READ_DOCUMENTS})
_EDITOR = _MEMBER | {Permission.WRITE_DOCUMENTS}
_ADMIN = _EDITOR | {Permission.MANAGE_KNOWLEDGE_BASES, Permission.MANAGE_MEMBERS}
_OWNER = _ADMIN | {Permission.MANAGE_TENANT}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MEMBER: _MEMBER,
    Role.EDITOR: frozenset(_EDITOR),
    Role.ADMIN: frozenset(_ADMIN),
    Role.OWNER: frozenset(_OWNER),
}
"""The one permission table: services, edges and tests are driven from it."""


class Origin(StrEnum):
    """Where a scope came from."""

    SESSION = "session"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a kind of credential, not a credential
    API_KEY = "api_key"
    TASK = "task"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class TenantScope:
    """One member of one tenant, as established by a credential."""

    tenant_id: TenantId
    user_id: UserId
    role: Role
    permissions: frozenset[Permission]
    origin: Origin


@dataclass(frozen=True, slots=True)
class PlatformScope:
    """The process itself or a platform operator: may act across tenants, never reads content."""

    origin: Origin
    user_id: UserId | None = None


def require(scope: TenantScope, permission: Permission) -> None:
    """Check one right.

    Raises:
        PermissionDenied: the scope does not hold `permission`.
    """
    if permission not in scope.permissions:
        raise PermissionDenied(details={"permission": permission.value})
