"""The caller's identities at sign-in services: which there are, and letting go of one."""

import hashlib

from ragapp.core.audit import AuditAction
from ragapp.core.errors import LastSignInWay, NotFound
from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope, ensure_person, require_recent
from ragapp.models import Identity
from ragapp.services.identity.confirmation import acting
from ragapp.services.identity.provider_views import LinkedIdentity
from ragapp.store.store import Store


class LinkedIdentityService:
    """What members see and undo of their own links; making one is a sign-in (`ExternalSignInService.start_link`)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, scope: TenantScope) -> tuple[LinkedIdentity, ...]:
        """Return the caller's identities at this tenant's services, oldest first.

        Raises:
            PermissionDenied: a key asks.
        """
        ensure_person(scope)
        names = await self._names(scope)
        async with self._store.read_platform(acting(scope)) as platform:
            rows = await platform.external.identities_of(scope.user_id)
        here = [row for row in rows if row.issuer in names]
        return tuple(LinkedIdentity(_key_of(row), names[row.issuer], row.created_at, row.seen_at) for row in here)

    async def unlink(self, scope: TenantScope, key: str) -> None:
        """Let one of the caller's identities sign nobody in any more.

        Raises:
            NotFound: the caller has no such identity. PermissionDenied: a key asks.
            ReauthenticationRequired: prove who you are first.
            LastSignInWay: the caller, or every owner of the organisation, could not come in any more.
        """
        ensure_person(scope)
        names = await self._names(scope)
        async with self._store.begin_platform(acting(scope)) as platform:
            rows = await platform.external.identities_of(scope.user_id)
            row = next((row for row in rows if row.issuer in names and _key_of(row) == key), None)
            if row is None:
                raise NotFound
            require_recent(scope, self._clock.now())
            if len(rows) == 1 and not await platform.external.has_password(scope.user_id):
                raise LastSignInWay
            if not await platform.external.leaves_linked_owner(row, scope.tenant_id):
                raise LastSignInWay
            await platform.external.remove_identity(row)
            await platform.audit(scope.tenant_id).record(AuditAction.IDENTITY_UNLINKED)

    async def _names(self, scope: TenantScope) -> dict[str, str]:
        """Return the tenant's services by issuer. One tenant's sign-in never reaches what belongs to another's."""
        async with self._store.read(scope) as tx:
            return {row.issuer: row.name for row in await tx.providers.list_all()}


def _key_of(row: Identity) -> str:
    return hashlib.sha256(f"{row.issuer}\n{row.subject}".encode()).hexdigest()[:32]
