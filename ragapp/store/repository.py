"""What every tenant repository is bound to."""

from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope


class TenantRepository:
    """Statements over a tenant's rows. Every statement names `self._tenant_id`; nothing takes a tenant id."""

    def __init__(self, session: AsyncSession, scope: TenantScope, clock: Clock) -> None:
        self._session = session
        self._scope = scope
        self._clock = clock
        self._tenant_id = scope.tenant_id
