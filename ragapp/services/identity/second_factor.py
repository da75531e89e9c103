"""A second factor: set up with an authenticator app, confirmed by a first code, with spare codes for a lost phone."""

import segno

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidSecondFactor, InvalidTransition, NotAuthenticated, SecondFactorSetupRequired
from ragapp.core.ports import Clock, SecretBox
from ragapp.core.scope import TenantScope, ensure_person, require_person
from ragapp.models import User
from ragapp.services.access import AccessService
from ragapp.services.identity.account_views import SecondFactorSetup, SecondFactorView
from ragapp.services.identity.confirmation import Confirmations, Proof, acting
from ragapp.services.identity.one_time_codes import OneTimeCodes, new_recovery_codes, recovery_hash
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store


class SecondFactorService:
    """A member's own second factor. Switching it on or off ends all other sessions."""

    def __init__(
        self, store: Store, secrets: SecretBox, clock: Clock, confirmations: Confirmations, access: AccessService
    ) -> None:
        self._store = store
        self._codes = OneTimeCodes(secrets)
        self._clock = clock
        self._confirmations = confirmations
        self._access = access

    async def status(self, scope: TenantScope) -> SecondFactorView:
        """Return whether the caller has one.

        Raises:
            PermissionDenied: a key asks.
        """
        ensure_person(scope)
        async with self._store.read_platform(acting(scope)) as tx:
            user = await _person(tx, scope)
            left = await tx.proofs.count_recovery_codes(scope.user_id)
            is_required = await _is_required(tx, scope)
        return SecondFactorView(user.totp_confirmed_at is not None, is_required, left)

    async def begin(self, scope: TenantScope) -> SecondFactorSetup:
        """Make a secret for an authenticator app; nothing changes until `confirm`.

        Raises:
            ReauthenticationRequired: confirm who you are first. InvalidTransition: there is one already.
        """
        require_person(scope, self._clock.now())
        async with self._store.begin_platform(acting(scope)) as tx:
            if not await tx.proofs.offer_totp(scope.user_id, self._codes.new_secret(scope.user_id)):
                raise InvalidTransition
        async with self._store.read_platform(acting(scope)) as tx:
            user = await _person(tx, scope)
        address, secret = self._codes.address_of(user), self._codes.secret_of(user)
        picture = segno.make(address, error="m").svg_data_uri(scale=4, border=2, dark="#000", light="#fff")
        return SecondFactorSetup(_grouped(secret), address, picture)

    async def confirm(self, scope: TenantScope, code: str) -> tuple[str, ...]:
        """Switch the second factor on with a first code of the app.

        Returns:
            The recovery codes, shown this once.

        Raises:
            InvalidSecondFactor: not the code of now. RateLimited: too many tries.
            ReauthenticationRequired: confirm who you are first. InvalidTransition: nothing to confirm.
        """
        require_person(scope, self._clock.now())
        codes, now = new_recovery_codes(), self._clock.now()
        async with (
            self._confirmations.trying(scope, Proof.CODE),
            self._store.begin_platform(acting(scope)) as tx,
        ):
            user = await _person(tx, scope)
            if user.totp_secret is None or user.totp_confirmed_at is not None:
                raise InvalidTransition
            if not await self._codes.use_app_code(tx, user, "".join(code.split()), now):
                raise InvalidSecondFactor
            if not await tx.proofs.confirm_totp(scope.user_id, now):
                raise InvalidTransition
            await tx.proofs.replace_recovery_codes(scope.user_id, [recovery_hash(one) for one in codes])
            await tx.sessions.set_second_factor(scope.credential_id, has=True)
            await self._settle(tx, scope, AuditAction.SECOND_FACTOR_ENABLED)
        self._access.forget(user_id=scope.user_id)
        return codes

    async def disable(self, scope: TenantScope) -> None:
        """Switch the second factor off.

        Raises:
            ReauthenticationRequired: confirm who you are first.
            SecondFactorSetupRequired: the organisation asks everybody for one.
        """
        require_person(scope, self._clock.now())
        async with self._store.begin_platform(acting(scope)) as tx:
            if await _is_required(tx, scope):
                raise SecondFactorSetupRequired("Your organisation asks for a second factor, so it stays switched on.")
            await tx.proofs.remove_totp(scope.user_id)
            await tx.sessions.set_second_factor(scope.credential_id, has=False)
            await self._settle(tx, scope, AuditAction.SECOND_FACTOR_DISABLED)
        self._access.forget(user_id=scope.user_id)

    async def renew_codes(self, scope: TenantScope) -> tuple[str, ...]:
        """Replace the recovery codes and return the new ones, shown this once.

        Raises:
            ReauthenticationRequired: confirm who you are first. InvalidTransition: there is no second factor.
        """
        require_person(scope, self._clock.now())
        codes = new_recovery_codes()
        async with self._store.begin_platform(acting(scope)) as tx:
            if (await _person(tx, scope)).totp_confirmed_at is None:
                raise InvalidTransition
            await tx.proofs.replace_recovery_codes(scope.user_id, [recovery_hash(one) for one in codes])
            chain = tx.audit(scope.tenant_id)
            await chain.record(AuditAction.RECOVERY_CODES_RENEWED, AuditTarget("user", scope.user_id))
        return codes

    async def _settle(self, tx: PlatformTransaction, scope: TenantScope, action: AuditAction) -> None:
        await tx.sessions.remove_all(user_id=scope.user_id, except_id=scope.credential_id)
        await tx.audit(scope.tenant_id).record(action, AuditTarget("user", scope.user_id))


async def _person(tx: PlatformTransaction, scope: TenantScope) -> User:
    user = await tx.proofs.find_person(scope.user_id)
    if user is None:
        raise NotAuthenticated
    return user


async def _is_required(tx: PlatformTransaction, scope: TenantScope) -> bool:
    member = await tx.accounts.find_member(scope.tenant_id, scope.user_id)
    return member is not None and member[1].second_factor_required


def _grouped(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
