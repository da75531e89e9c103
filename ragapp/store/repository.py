"""What every tenant repository is bound to."""

from sqlalchemy.ext.asyncio import AsyncSession

from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope


class TenantRepository:
    """Statements over one tenant's rows. Every statement names `self._tenant_id`; nothing takes a tenant as argument."""

    def __init__(self, session: AsyncSession, scope: TenantScope, clock: Clock) -> None:
        self._session = session
        self._scope = scope
        self._clock = clock
        self._tenant_id = scope.tenant_id
