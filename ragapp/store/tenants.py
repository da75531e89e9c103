"""The tenant's own row: its settings, and the lock under which membership changes."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from ragapp.core.errors import NotFound
from ragapp.core.plans import Plan, PlanLimits, effective_limits
from ragapp.models import Tenant, with_words
from ragapp.store.repository import TenantRepository


class OwnTenantRepository(TenantRepository):
    """The bound tenant itself."""

    async def get(self, *, for_change: bool = False) -> Tenant:
        """Return the tenant; `for_change` keeps other changes of it, and of its members, waiting until the end.

        Raises:
            NotFound: it has been erased.
        """
        statement = select(Tenant).where(Tenant.id == self._tenant_id)
        if for_change:
            statement = statement.with_for_update()
        # What another transaction has changed while this one waited for the row is read, not what was read before.
        found = (await self._session.exec(statement.execution_options(populate_existing=True))).first()
        if found is None:
            raise NotFound
        return found

    async def change(self, **values: Any) -> None:
        """Set columns of the tenant."""
        own = update(Tenant).where(col(Tenant.id) == self._tenant_id)
        await self._session.exec(own.values(**with_words(Tenant, values)))


def limits_of(tenant: Tenant) -> PlanLimits:
    """Return what holds for a tenant now."""
    return effective_limits(Plan(tenant.plan), tenant.limits, tenant.caps or {})
