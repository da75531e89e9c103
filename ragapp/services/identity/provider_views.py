"""What the services for signing in elsewhere take and give."""

from dataclasses import dataclass
from datetime import datetime

from ragapp.core.identity_providers import ProviderProblem
from ragapp.core.ids import ProviderId
from ragapp.core.scope import Role
from ragapp.services.identity.session_opening import Visit
from ragapp.services.views import Credential


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A sign-in service of the tenant as its owners see it; the client secret is never shown."""

    id: ProviderId
    name: str
    issuer: str
    client_id: str
    domains: tuple[str, ...]
    auto_join: bool
    default_role: Role
    is_enabled: bool
    redirect_uri: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A sign-in service to add."""

    name: str
    issuer: str
    client_id: str
    client_secret: str
    domains: tuple[str, ...] = ()
    auto_join: bool = False
    default_role: Role = Role.MEMBER
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What may be changed of a sign-in service; None stays as it is."""

    name: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    domains: tuple[str, ...] | None = None
    auto_join: bool | None = None
    default_role: Role | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class ProviderCheck:
    """Whether a sign-in service can be used, and the first thing that is wrong if it cannot."""

    problem: ProviderProblem | None = None

    @property
    def is_usable(self) -> bool:
        """Return whether nothing is wrong."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """How the tenant's members sign in. Owners read `can_switch_off_passwords` before they try."""

    password_sign_in: bool
    second_factor_required: bool
    can_switch_off_passwords: bool


@dataclass(frozen=True, slots=True)
class SignInChoice:
    """A button on the sign-in page."""

    provider_id: ProviderId
    name: str


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """An identity elsewhere that signs the caller in. `key` names it; `service` is a provider's name or its address."""

    key: str
    service: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class ExternalStart:
    """Where to send the browser, and what it must bring back in a cookie."""

    url: str
    browser_token: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class ExternalReply:
    """What a browser brought back from a sign-in service, all of it untrusted."""

    state: str
    code: str = ""
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that came back, with the token it was given at the start."""

    token: str
    visit: Visit


@dataclass(frozen=True, slots=True)
class ExternalOutcome:
    """How a sign-in elsewhere ended: with a new session, or (None) with an identity linked to the one there was."""

    next_path: str
    credential: Credential | None = None
