"""What holds for a tenant at this moment, remembered for at most a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ragapp.core.flags import Flag, resolve_flags
from ragapp.core.ids import TenantId
from ragapp.core.plans import Plan, PlanLimits, effective_limits
from ragapp.core.ports import Clock
from ragapp.core.recent import RecentlyRead
from ragapp.core.scope import TenantScope
from ragapp.store.store import Store


@dataclass(frozen=True, slots=True)
class Rules:
    """A tenant's flags and limits; `granted` are its limits before its own administrators' caps."""

    flags: Mapping[Flag, bool]
    plan: Plan
    limits: PlanLimits
    granted: PlanLimits


class TenantRules:
    """Reads rules. A change made in another process holds here after a second, one made in this process at once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._recent = RecentlyRead[TenantId, Rules](clock)

    async def of(self, scope: TenantScope) -> Rules:
        """Return the rules of the scope's tenant."""
        known = self._recent.find(scope.tenant_id)
        return known or await self._recent.read(scope.tenant_id, partial(self._read, scope))

    def forget(self, tenant_id: TenantId | None = None) -> None:
        """Remember nothing of a tenant, or of any; call after a change was committed."""
        self._recent.forget(lambda known, _: tenant_id in (None, known))

    async def _read(self, scope: TenantScope) -> Rules:
        async with self._store.read(scope) as tx:
            tenant = await tx.tenant.get()
            flags = resolve_flags(await tx.flags.platform(), await tx.flags.choices())
        plan, caps = Plan(tenant.plan), tenant.caps or {}
        granted = effective_limits(plan, tenant.limits, {})
        return Rules(flags, plan, effective_limits(plan, tenant.limits, caps), granted)
