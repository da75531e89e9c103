"""What people see of their own account: sessions, second factor, organisations."""

from dataclasses import dataclass
from datetime import datetime

from ragapp.core.ids import SessionId, TenantId
from ragapp.core.scope import Role


@dataclass(frozen=True, slots=True)
class SessionView:
    """One place where a person is signed in; `device` is in words, such as "Firefox, Linux", empty if unknown."""

    id: SessionId
    kind: str
    device: str
    address: str
    tenant_name: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class SecondFactorView:
    """Whether a person has a second factor, and how many recovery codes are left."""

    is_enabled: bool
    is_required: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class SecondFactorSetup:
    """What an authenticator app needs: a picture to scan (a data: address), or the secret to type (base32)."""

    secret: str
    address: str
    picture: str


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """An organisation that a person belongs to."""

    id: TenantId
    slug: str
    name: str
    role: Role
    is_current: bool
