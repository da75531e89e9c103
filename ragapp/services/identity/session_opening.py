"""Opening sessions: the one place that mints them, whoever has vouched for the person."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.ids import ProviderId, SessionId, TenantId, UserId, new_id
from ragapp.core.ports import Clock
from ragapp.core.scope import Role
from ragapp.models import Session, Tenant, User
from ragapp.services.identity.access_tokens import AccessClaims, AccessTokens
from ragapp.services.identity.people import me_view
from ragapp.services.identity.tokens import TokenKind, digest, is_kind, mint
from ragapp.services.views import Credential
from ragapp.store.platform import PlatformTransaction

BROWSER_SESSION = timedelta(days=7)
"""A browser session ends then at the latest, however much it is used."""
IDLE_SESSION = timedelta(hours=8)
"""A browser session that is not used for so long has ended."""
ACCESS_TOKEN = timedelta(hours=1)
MAX_DEVICE_TOKENS = 4
"""People known in one browser: those who share a computer do not become strangers by turns."""
DEVICE_SEPARATOR = "."


class SessionKind(StrEnum):
    """What a session is for."""

    BROWSER = "browser"
    ACCESS = "access"


_LIFETIMES = {SessionKind.BROWSER: BROWSER_SESSION, SessionKind.ACCESS: ACCESS_TOKEN}


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from: the browser's own description, its address, and the cookie it is known by.

    The cookie holds one token for each person who has signed in with that browser, the latest first.
    """

    user_agent: str = ""
    address: str = ""
    device_token: str = ""

    @property
    def device_tokens(self) -> tuple[str, ...]:
        """The tokens in the cookie, at most four."""
        tokens = self.device_token[: MAX_DEVICE_TOKENS * 100].split(DEVICE_SEPARATOR)[:MAX_DEVICE_TOKENS]
        return tuple(token for token in tokens if is_kind(token, TokenKind.DEVICE))


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to open for an active member. `authenticated_at` is when they proved who they are, None for now."""

    user: User
    tenant: Tenant
    role: Role
    visit: Visit = field(default_factory=Visit)
    kind: SessionKind = SessionKind.BROWSER
    has_second_factor: bool = False
    provider_id: ProviderId | None = None
    authenticated_at: datetime | None = None
    ends_at: datetime | None = None
    """When it ends at the latest, where it follows another session."""


class SessionOpener:
    """Mints sessions. Every one has a new id and a new secret; only hashes of secrets are kept."""

    def __init__(self, clock: Clock, access_tokens: AccessTokens) -> None:
        self._clock = clock
        self._access_tokens = access_tokens

    async def open(
        self, tx: PlatformTransaction, wanted: NewSession, *, action: AuditAction = AuditAction.SIGNED_IN
    ) -> Credential:
        """Open a session, and write down that somebody signed in."""
        now = self._clock.now()
        ends_at = wanted.ends_at or now + _LIFETIMES[wanted.kind]
        session_id = SessionId(new_id())
        token = self._mint(wanted, session_id, now, ends_at)
        await tx.sessions.remove_ended(at=now, unseen_since=now - IDLE_SESSION)
        await tx.sessions.add(
            Session(
                token_hash=digest(token),
                id=session_id,
                kind=wanted.kind.value,
                tenant_id=wanted.tenant.id,
                user_id=wanted.user.id,
                user_agent=wanted.visit.user_agent[:200],
                address=wanted.visit.address[:64],
                has_second_factor=wanted.has_second_factor,
                provider_id=wanted.provider_id,
                created_at=now,
                authenticated_at=wanted.authenticated_at or now,
                seen_at=now,
                expires_at=ends_at,
            )
        )
        await _record(tx, wanted, session_id, action)
        me = me_view(wanted.user, wanted.tenant, wanted.role)
        return Credential(token, int((ends_at - now).total_seconds()), me)

    def _mint(self, wanted: NewSession, session_id: SessionId, now: datetime, ends_at: datetime) -> str:
        if wanted.kind is SessionKind.BROWSER:
            return mint(TokenKind.BROWSER)
        claims = AccessClaims(session_id, UserId(wanted.user.id), TenantId(wanted.tenant.id))
        return self._access_tokens.issue(claims, issued_at=now, expires_at=ends_at)


async def _record(tx: PlatformTransaction, wanted: NewSession, session_id: SessionId, action: AuditAction) -> None:
    chain = tx.audit(TenantId(wanted.tenant.id), actor_id=wanted.user.id)
    details = {"kind": wanted.kind.value, "second_factor": int(wanted.has_second_factor)}
    if wanted.provider_id:
        details["provider_id"] = wanted.provider_id
    await chain.record(action, AuditTarget("session", session_id), details)
