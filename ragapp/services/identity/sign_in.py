"""Signing in with a password and, where a person has one, a second factor."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ragapp.core.audit import PLATFORM_CHAIN, AuditAction, AuditTarget
from ragapp.core.errors import (
    InvalidCredentials,
    InvalidSecondFactor,
    InvariantBroken,
    SecondFactorRequired,
    SignInNotAllowed,
    TenantSuspended,
)
from ragapp.core.ids import TenantId, new_id
from ragapp.core.ports import Clock, PasswordHasher, SecretBox
from ragapp.core.scope import Origin, PlatformScope, Role
from ragapp.models import KnownDevice, Membership, Tenant, User
from ragapp.services.access import AccessService
from ragapp.services.identity.one_time_codes import OneTimeCodes
from ragapp.services.identity.passwords import MAX_PASSWORD_CHARACTERS
from ragapp.services.identity.session_opening import (
    DEVICE_SEPARATOR,
    MAX_DEVICE_TOKENS,
    NewSession,
    SessionKind,
    SessionOpener,
    Visit,
)
from ragapp.services.identity.throttle import Guess, Throttle
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.services.views import Credential
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store

SECOND_STEP = timedelta(minutes=5)
KNOWN_DEVICE = timedelta(days=365)
_NOBODY = "nobody"
_DOOR = PlatformScope(Origin.SESSION)
_STEP_CONTEXT = "second-step"

Place = tuple[Membership, Tenant]


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """What somebody typed; `tenant` is the short name of the organisation, where they belong to several."""

    email: str
    password: str
    tenant: str | None = None

    @property
    def address(self) -> str:
        """The address in its one spelling."""
        return self.email.strip().lower()[:254]


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The password was right. `token` belongs into a cookie of that browser and lets it send the code."""

    token: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class _Proven:
    """A person whose password was right, and where they may go."""

    user: User
    tenant: Tenant
    guess: Guess


class SignInService:
    """Checks what people know and have. Unknown addresses cost the same work and get the same answers as known ones."""

    def __init__(
        self,
        store: Store,
        hasher: PasswordHasher,
        secrets: SecretBox,
        clock: Clock,
        throttle: Throttle,
        access: AccessService,
        opener: SessionOpener,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._secrets = secrets
        self._codes = OneTimeCodes(secrets)
        self._clock = clock
        self._throttle = throttle
        self._access = access
        self._opener = opener

    async def with_password(self, attempt: PasswordAttempt, visit: Visit) -> Credential | SecondStep:
        """Check a password and open a browser session, or ask for the second factor.

        Raises:
            InvalidCredentials: unknown address, wrong password, or not a member of that tenant: one answer for all.
            SignInNotAllowed: the password was right, but the organisation wants its own sign-in service to be used.
            RateLimited: too many guesses; known and unknown addresses alike.
        """
        proven = await self._check(attempt, visit)
        if proven.user.totp_confirmed_at is not None:
            return self._second_step(proven)
        return await self._open(proven, visit, SessionKind.BROWSER)

    async def with_code(self, step_token: str, code: str, visit: Visit) -> Credential:
        """Check the second factor of somebody whose password was right in this browser, and open a session.

        Raises:
            InvalidCredentials: it took too long, or the password was changed meanwhile: start again.
            InvalidSecondFactor: not the code of now, or used already. RateLimited: too many tries.
        """
        proven = await self._resume(step_token, visit)
        await self._use_code(proven, code)
        return await self._open(proven, visit, SessionKind.BROWSER, has_second_factor=True)

    async def issue_token(self, attempt: PasswordAttempt, visit: Visit, *, otp: str | None = None) -> Credential:
        """Check a password (and second factor) and issue an access token that lives for an hour.

        Raises:
            SecondFactorRequired: the password was right; send the code too.
            InvalidCredentials, InvalidSecondFactor, SignInNotAllowed, RateLimited: as above.
        """
        proven = await self._check(attempt, visit)
        has_factor = proven.user.totp_confirmed_at is not None
        if has_factor and not otp:
            raise SecondFactorRequired
        if has_factor:
            await self._use_code(proven, otp or "")
        return await self._open(proven, visit, SessionKind.ACCESS, has_second_factor=has_factor)

    async def sign_out(self, session_token: str) -> None:
        """End a browser session at once."""
        token_hash = digest(session_token)
        async with self._store.begin_platform(_DOOR) as tx:
            session = await tx.sessions.find(token_hash, kind=SessionKind.BROWSER)
            if session is None:
                return
            await tx.sessions.remove(token_hash)
            chain = tx.audit(TenantId(session.tenant_id), actor_id=session.user_id)
            await chain.record(AuditAction.SIGNED_OUT, AuditTarget("session", session.id))
        self._access.forget(credential_id=session.id)

    async def _check(self, attempt: PasswordAttempt, visit: Visit) -> _Proven:
        async with self._store.read_platform(_DOOR) as tx:
            user = await tx.accounts.find_user(attempt.address)
            places = await tx.accounts.memberships_of(user.id if user else _NOBODY)
            device = await self._known_device(tx, user, visit)
        guess = Guess(attempt.address, visit.address, device)
        await self._throttle.admit(guess)
        usable = user.password_hash if user is not None and user.status == "active" else None
        matches = await self._hasher.verify(usable, attempt.password[:MAX_PASSWORD_CHARACTERS])
        chosen = [place for place in places if attempt.tenant in (None, place[1].slug)]
        if user is not None and matches and not chosen and await self._is_suspended(user):
            raise TenantSuspended
        if user is None or not matches or not chosen:
            await self._refuse(guess, user, places)
            raise InvalidCredentials
        await self._throttle.succeeded(guess)
        return _Proven(user, _first_with_passwords(chosen), guess)

    async def _known_device(self, tx: PlatformTransaction, user: User | None, visit: Visit) -> str:
        """Return which browser of this person's it is, "" for a stranger; unknown addresses cost the same look."""
        hashes = [digest(token) for token in visit.device_tokens]
        found = await tx.proofs.find_device(user.id if user else _NOBODY, hashes, self._clock.now())
        return (found or "")[:32]

    async def _is_suspended(self, user: User) -> bool:
        """Return whether this person, who knew their password, only belongs where nobody may work now."""
        async with self._store.read_platform(_DOOR) as tx:
            return await tx.tenants.is_anywhere_suspended(user.id)

    async def _refuse(self, guess: Guess, user: User | None, places: Sequence[Place]) -> None:
        """Count and write down a wrong guess; for an unknown address the same work is done."""
        await self._throttle.failed(guess)
        chain = TenantId(places[0][1].id) if places else PLATFORM_CHAIN
        async with self._store.begin_platform(_DOOR) as tx:
            target = AuditTarget("user", user.id) if user else AuditTarget()
            await tx.audit(chain, actor_id="").record(AuditAction.SIGN_IN_REFUSED, target)

    def _second_step(self, proven: _Proven) -> SecondStep:
        facts = {
            "user": proven.user.id,
            "address": proven.user.email,
            "tenant": proven.tenant.slug,
            "password": digest(proven.user.password_hash or ""),
            "until": (self._clock.now() + SECOND_STEP).timestamp(),
            "nonce": new_id(),
        }
        sealed = self._secrets.encrypt(json.dumps(facts), context=_STEP_CONTEXT)
        return SecondStep(f"{TokenKind.SECOND_STEP}_{sealed}", int(SECOND_STEP.total_seconds()))

    async def _resume(self, step_token: str, visit: Visit) -> _Proven:
        facts = self._facts_of(step_token)
        if facts["until"] <= self._clock.now().timestamp():
            raise InvalidCredentials
        async with self._store.read_platform(_DOOR) as tx:
            user = await tx.accounts.find_user(facts["address"])
            places = await tx.accounts.memberships_of(facts["user"])
            device = await self._known_device(tx, user, visit)
        chosen = [place for place in places if place[1].slug == facts["tenant"]]
        if user is None or user.id != facts["user"] or user.status != "active" or not chosen:
            raise InvalidCredentials
        if digest(user.password_hash or "") != facts["password"]:
            raise InvalidCredentials
        tenant = _first_with_passwords(chosen)
        return _Proven(user, tenant, Guess(user.email, visit.address, device))

    def _facts_of(self, step_token: str) -> dict[str, Any]:
        prefix = f"{TokenKind.SECOND_STEP}_"
        if not step_token.startswith(prefix):
            raise InvalidCredentials
        try:
            facts: dict[str, Any] = json.loads(
                self._secrets.decrypt(step_token.removeprefix(prefix), context=_STEP_CONTEXT)
            )
        except InvariantBroken as error:
            raise InvalidCredentials from error
        return facts

    async def _use_code(self, proven: _Proven, code: str) -> None:
        user, guess = proven.user, proven.guess
        await self._throttle.admit_code_of(guess, user.id)
        async with self._store.begin_platform(_DOOR) as tx:
            accepted = await self._codes.use(tx, user, code, self._clock.now())
            if not accepted:
                chain = tx.audit(TenantId(proven.tenant.id), actor_id="")
                await chain.record(AuditAction.SIGN_IN_REFUSED, AuditTarget("user", user.id), {"step": 2})
        if not accepted:
            await self._throttle.code_failed(guess)
            raise InvalidSecondFactor
        await self._throttle.code_was_right(user.id, guess.device)

    async def _open(
        self, proven: _Proven, visit: Visit, kind: SessionKind, *, has_second_factor: bool = False
    ) -> Credential:
        async with self._store.begin_platform(_DOOR) as tx:
            # Since the password was checked it may have been changed, or the person suspended: then this ends here.
            member = await tx.accounts.find_member(proven.tenant.id, proven.user.id)
            if member is None or member[0].password_hash != proven.user.password_hash:
                raise InvalidCredentials
            user, tenant, membership = member
            wanted = NewSession(
                user, tenant, Role(membership.role), visit, kind, has_second_factor=has_second_factor
            )
            credential = await self._opener.open(tx, wanted)
            if kind is SessionKind.ACCESS or proven.guess.device:
                return credential
            return replace(credential, device_token=await self.know_device(tx, proven.user.id, visit))

    async def know_device(self, tx: PlatformTransaction, user_id: str, visit: Visit) -> str:
        """Know the browser from now on by the cookie that is returned; who was known in it before still is."""
        now, token = self._clock.now(), mint(TokenKind.DEVICE)
        await tx.proofs.remove_expired_devices(now)
        await tx.proofs.remember_device(
            KnownDevice(token_hash=digest(token), user_id=user_id, created_at=now, expires_at=now + KNOWN_DEVICE)
        )
        return DEVICE_SEPARATOR.join((token, *visit.device_tokens[: MAX_DEVICE_TOKENS - 1]))


def _first_with_passwords(places: Sequence[Place]) -> Tenant:
    """Return the first place a password opens. Owners can always use theirs: a sign-in service may be down.

    Raises:
        SignInNotAllowed: none of them.
    """
    for membership, tenant in places:
        if tenant.password_sign_in or membership.role == Role.OWNER:
            return tenant
    raise SignInNotAllowed
