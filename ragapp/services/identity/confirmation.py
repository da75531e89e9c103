"""Proofs that somebody who has signed in gives again: their password, or a code of a second factor.

Tries are counted by person, whatever session or organisation they come from. Wrong ones count as wrong guesses at the
account and are in the audit log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidCredentials, InvalidSecondFactor, NotAuthenticated
from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.models import User
from ragapp.services.identity.throttle import Throttle
from ragapp.store.store import Store


class Proof(StrEnum):
    """What was asked for."""

    PASSWORD = "password"  # noqa: S105 - a kind of proof, not a password
    CODE = "code"


class Confirmations:
    """Admits tries of the caller's own proofs and remembers the wrong ones."""

    def __init__(self, store: Store, throttle: Throttle) -> None:
        self._store = store
        self._throttle = throttle

    @asynccontextmanager
    async def trying(self, scope: TenantScope, proof: Proof | None = None) -> AsyncIterator[User]:
        """Count a try and give the caller's account to whoever looks at it; a wrong one is written down.

        Args:
            scope: Who tries.
            proof: What is looked at; None is the password or, for an account without one, a code.

        Raises:
            RateLimited: too many tries. NotAuthenticated: the account is gone.
        """
        async with self._store.read_platform(acting(scope)) as tx:
            user = await tx.proofs.find_person(scope.user_id)
        if user is None:
            raise NotAuthenticated
        await self._throttle.admit_confirmation(user.id, user.email)
        try:
            yield user
        except (InvalidCredentials, InvalidSecondFactor):
            await self._throttle.confirmation_failed(user.email)
            await self._record(scope, proof or _usual_proof(user))
            raise
        await self._throttle.confirmed(user.id)

    async def _record(self, scope: TenantScope, proof: Proof) -> None:
        async with self._store.begin_platform(acting(scope)) as tx:
            target = AuditTarget("user", scope.user_id)
            chain = tx.audit(scope.tenant_id)
            await chain.record(AuditAction.CONFIRMATION_REFUSED, target, {"proof": proof.value})


def _usual_proof(user: User) -> Proof:
    return Proof.CODE if user.password_hash is None else Proof.PASSWORD


def acting(scope: TenantScope) -> PlatformScope:
    """Return the scope under which a member's own account is changed; only for rows of that one person."""
    return PlatformScope(scope.origin, scope.user_id, scope.credential_id, scope.authenticated_at)
