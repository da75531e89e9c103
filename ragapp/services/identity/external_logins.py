"""Sign-ins under way elsewhere: begun by one browser, finished once, by the same."""

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Never

import structlog

from ragapp.core.errors import ExternalSignInFailed
from ragapp.core.identity_providers import ClientRegistration, Proofs
from ragapp.core.ports import Clock, SecretBox
from ragapp.core.scope import Origin, PlatformScope
from ragapp.models import ExternalLogin, IdentityProvider, Tenant
from ragapp.services.identity.provider_values import secret_context
from ragapp.services.identity.tokens import TokenKind, digest, is_kind, mint
from ragapp.store.store import Store

LOGIN_LIFETIME = timedelta(minutes=10)
CALLBACK_PATH = "/auth/oidc/callback"
_PLATFORM = PlatformScope(Origin.SESSION)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """What the browser is sent away with: parameters in the address, and a token in a cookie of its own."""

    proofs: Proofs
    browser_token: str


@dataclass(frozen=True, slots=True)
class TakenLogin:
    """A sign-in taken out of the store: nobody else can finish it, whatever comes of this."""

    row: ExternalLogin
    provider: IdentityProvider
    tenant: Tenant
    proofs: Proofs


class ExternalLogins:
    """Keeps what an answer must match; secrets of a sign-in are encrypted and bound to its state."""

    def __init__(self, store: Store, secret_box: SecretBox, clock: Clock, public_url: str) -> None:
        self._store = store
        self._secrets = secret_box
        self._clock = clock
        self._redirect_uri = public_url + CALLBACK_PATH

    def begin(self, *, must_be_fresh: bool) -> BegunLogin:
        """Return what a new sign-in is proven by."""
        proofs = Proofs(
            state=mint(TokenKind.EXTERNAL_STATE),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(64),
            started_at=self._clock.now(),
            must_be_fresh=must_be_fresh,
        )
        return BegunLogin(proofs, secrets.token_urlsafe(32))

    async def keep(
        self, begun: BegunLogin, provider: IdentityProvider, *, next_path: str, link_user_id: str | None
    ) -> None:
        """Remember a sign-in until its answer comes."""
        state_hash = digest(begun.proofs.state)
        kept = [begun.proofs.nonce, begun.proofs.code_verifier, begun.proofs.must_be_fresh]
        login = ExternalLogin(
            tenant_id=provider.tenant_id,
            state_hash=state_hash,
            provider_id=provider.id,
            browser_hash=digest(begun.browser_token),
            secrets=self._secrets.encrypt(json.dumps(kept), context=_context(state_hash)),
            next_path=next_path,
            link_user_id=link_user_id,
            created_at=begun.proofs.started_at,
            expires_at=begun.proofs.started_at + LOGIN_LIFETIME,
        )
        async with self._store.begin_platform(_PLATFORM) as tx:
            await tx.external.add_login(login, now=begun.proofs.started_at)

    async def take(self, state: str, browser_token: str) -> TakenLogin:
        """Return the sign-in that an answer belongs to.

        Raises:
            ExternalSignInFailed: there is none, it was used, it is too old, or another browser began it.
        """
        if not is_kind(state, TokenKind.EXTERNAL_STATE):
            refuse("no_state")
        async with self._store.begin_platform(_PLATFORM) as tx:
            row = await tx.external.take_login(digest(state))
            found = await tx.external.find_provider(row.provider_id) if row else None
        if row is None or row.expires_at <= self._clock.now():
            refuse("unknown_or_expired_state")
        if found is None or found[0].tenant_id != row.tenant_id:
            refuse("provider_gone")
        login = TakenLogin(row, *found, self._proofs(row))
        if not hmac.compare_digest(digest(browser_token), row.browser_hash):
            refuse("other_browser", login)
        return login

    def registration(self, provider: IdentityProvider) -> ClientRegistration:
        """Return how this installation is known at a service."""
        context = secret_context(provider.tenant_id, provider.id)
        secret = self._secrets.decrypt(provider.client_secret, context=context)
        return ClientRegistration(provider.issuer, provider.client_id, secret, self._redirect_uri)

    def _proofs(self, row: ExternalLogin) -> Proofs:
        kept = json.loads(self._secrets.decrypt(row.secrets, context=_context(row.state_hash)))
        nonce, code_verifier, must_be_fresh = kept
        return Proofs("", nonce, code_verifier, row.created_at, must_be_fresh=bool(must_be_fresh))


def refuse(reason: str, login: TakenLogin | None = None) -> Never:
    """Give the one answer to everything hostile; what was wrong is for the log only."""
    where = {"tenant_id": login.tenant.id, "provider_id": login.provider.id} if login else {}
    _log.warning("external_sign_in.refused", reason=reason, **where)
    raise ExternalSignInFailed


def _context(state_hash: str) -> str:
    return f"external-login:{state_hash}"
