"""Signing in at the organisation's own sign-in service: from the button to the session."""

import structlog

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import Conflict, ExternalSignInFailed, NotAuthenticated, NotFound, RagAppError
from ragapp.core.identity_providers import (
    IdentityProviderClient,
    IdentityRefused,
    ProviderAnswer,
    ProviderUnusable,
    VerifiedIdentity,
)
from ragapp.core.ids import ProviderId, TenantId
from ragapp.core.ports import Clock
from ragapp.core.scope import STEP_UP_WINDOW, Origin, PlatformScope, TenantScope, require_recent
from ragapp.services.identity.external_accounts import Entrance, find_or_add_account, link
from ragapp.services.identity.external_logins import LOGIN_LIFETIME, ExternalLogins, TakenLogin, refuse
from ragapp.services.identity.mail_domains import domain_of
from ragapp.services.identity.provider_views import Browser, ExternalOutcome, ExternalReply, ExternalStart, SignInChoice
from ragapp.services.identity.session_opening import NewSession, SessionOpener
from ragapp.store.store import Store

_PLATFORM = PlatformScope(Origin.SESSION)
_TRIES = 2

_log = structlog.get_logger(__name__)


class ExternalSignInService:
    """Sends browsers to sign-in services and opens sessions for whom they name. What comes back is hostile."""

    def __init__(
        self,
        store: Store,
        client: IdentityProviderClient,
        logins: ExternalLogins,
        sessions: SessionOpener,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._logins = logins
        self._sessions = sessions
        self._clock = clock

    async def choices(self, *, tenant_slug: str = "", email: str = "") -> tuple[SignInChoice, ...]:
        """Return the sign-in services of a tenant and those that list the domain of an address.

        Says nothing about whether somebody has that address: only its domain is looked at.
        """
        domain = domain_of(email)
        async with self._store.read_platform(_PLATFORM) as tx:
            found = await tx.external.list_of_tenant(tenant_slug) if tenant_slug else []
            found += await tx.external.list_for_domain(domain) if domain else []
        unique = {provider.id: provider for provider in found}
        return tuple(SignInChoice(ProviderId(provider.id), provider.name) for provider in unique.values())

    async def start(
        self, provider_id: ProviderId, *, next_path: str, login_hint: str = "", must_be_fresh: bool = False
    ) -> ExternalStart:
        """Begin a sign-in.

        Args:
            provider_id: At which service.
            next_path: Where to go afterwards, a path of ours.
            login_hint: The address typed so far.
            must_be_fresh: Ask for credentials anew, to confirm who somebody is.

        Raises:
            ExternalSignInFailed: there is no such service, or it cannot be used.
        """
        return await self._begin(provider_id, next_path, login_hint=login_hint, must_be_fresh=must_be_fresh)

    async def start_link(self, scope: TenantScope, provider_id: ProviderId, *, next_path: str) -> ExternalStart:
        """Begin to link an identity elsewhere to the caller's account.

        Raises:
            NotFound: no such service in this tenant. ReauthenticationRequired: prove who you are first.
            ExternalSignInFailed: it cannot be used.
        """
        async with self._store.read(scope) as tx:
            if not (await tx.providers.get(provider_id)).is_enabled:
                raise NotFound
        if scope.origin is not Origin.SESSION:
            raise NotAuthenticated
        require_recent(scope, self._clock.now())
        return await self._begin(provider_id, next_path, link_user_id=scope.user_id)

    async def finish(self, reply: ExternalReply, browser: Browser, caller: TenantScope | None) -> ExternalOutcome:
        """End a sign-in: with a session, or with an identity linked to the caller.

        Raises:
            ExternalSignInFailed: anything about the answer is wrong; what, is in the log only.
            ExternalAccountUnknown, ExternalAccountNotLinked, QuotaExceeded: who it is, is clear; they may not come in.
            IdentityTaken: the identity to link names somebody else.
        """
        login = await self._logins.take(reply.state, browser.token)
        identity = await self._redeem(login, reply)
        if login.row.link_user_id is not None:
            return await self._link(login, identity, caller)
        for _ in range(_TRIES):
            try:
                return await self._open(login, identity, browser)
            except Conflict:
                # The same person came in twice at once: now the identity is known.
                continue
            except RagAppError as error:
                await self._record_refusal(login, error.code)
                raise
        return refuse("raced", login)

    async def _begin(
        self,
        provider_id: ProviderId,
        next_path: str,
        *,
        login_hint: str = "",
        must_be_fresh: bool = False,
        link_user_id: str | None = None,
    ) -> ExternalStart:
        async with self._store.read_platform(_PLATFORM) as tx:
            found = await tx.external.find_provider(provider_id)
        if found is None:
            raise ExternalSignInFailed
        provider, begun = found[0], self._logins.begin(must_be_fresh=must_be_fresh)
        registration = self._logins.registration(provider)
        try:
            url = await self._client.authorization_url(registration, begun.proofs, login_hint=login_hint)
        except ProviderUnusable as error:
            _log.warning("external_sign_in.unusable", provider_id=provider_id, problem=error.problem.value)
            raise ExternalSignInFailed from error
        await self._logins.keep(begun, provider, next_path=next_path, link_user_id=link_user_id)
        return ExternalStart(url, begun.browser_token, int(LOGIN_LIFETIME.total_seconds()))

    async def _redeem(self, login: TakenLogin, reply: ExternalReply) -> VerifiedIdentity:
        if reply.error or not reply.code:
            refuse("answered_with_error", login)
        registration = self._logins.registration(login.provider)
        try:
            return await self._client.redeem(registration, login.proofs, ProviderAnswer(reply.code, reply.issuer))
        except IdentityRefused as error:
            refuse(error.reason, login)
        except ProviderUnusable as error:
            refuse(error.problem.value, login)

    async def _open(self, login: TakenLogin, identity: VerifiedIdentity, browser: Browser) -> ExternalOutcome:
        async with self._store.begin_platform(_PLATFORM) as tx:
            entrance = Entrance(login.tenant, login.provider, self._clock.now())
            user, role = await find_or_add_account(tx, entrance, identity)
            session = NewSession(
                user=user,
                tenant=login.tenant,
                role=role,
                visit=browser.visit,
                has_second_factor=identity.has_second_factor,
                provider_id=ProviderId(login.provider.id),
                # A service that does not say when counts as long ago: where a recent proof is due, it is asked for.
                authenticated_at=identity.authenticated_at or entrance.at - 2 * STEP_UP_WINDOW,
            )
            credential = await self._sessions.open(tx, session)
        return ExternalOutcome(login.row.next_path, credential)

    async def _link(self, login: TakenLogin, identity: VerifiedIdentity, caller: TenantScope | None) -> ExternalOutcome:
        row = login.row
        if caller is None or (caller.tenant_id, caller.user_id) != (row.tenant_id, row.link_user_id):
            refuse("other_caller", login)
        async with self._store.begin_platform(_PLATFORM) as tx:
            await link(tx, identity, caller.user_id, self._clock.now())
            chain = tx.audit(caller.tenant_id, actor_id=caller.user_id)
            await chain.record(AuditAction.IDENTITY_LINKED, AuditTarget("provider", row.provider_id))
        return ExternalOutcome(row.next_path)

    async def _record_refusal(self, login: TakenLogin, reason: str) -> None:
        async with self._store.begin_platform(_PLATFORM) as tx:
            chain = tx.audit(TenantId(login.tenant.id), actor_id="")
            target = AuditTarget("provider", login.provider.id)
            await chain.record(AuditAction.SIGN_IN_REFUSED, target, {"reason": reason})
