"""What holds for a tenant at this moment, remembered for at most a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ragapp.core.flags import Flag, resolve_flags
from ragapp.core.ids import TenantId
from ragapp.core.plans import Plan, PlanLimits, effective_limits
from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope
from ragapp.store.store import Store

_REMEMBERED = timedelta(seconds=1)
_MOST_REMEMBERED = 4096


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
        self._clock = clock
        self._recent: dict[TenantId, tuple[datetime, Rules]] = {}

    async def of(self, scope: TenantScope) -> Rules:
        """Return the rules of the scope's tenant."""
        known = self._recent.get(scope.tenant_id)
        if known is not None and self._clock.now() - known[0] < _REMEMBERED:
            return known[1]
        read_at, rules = self._clock.now(), await self._read(scope)
        if len(self._recent) >= _MOST_REMEMBERED:
            self._recent.clear()
        self._recent[scope.tenant_id] = (read_at, rules)
        return rules

    def forget(self, tenant_id: TenantId | None = None) -> None:
        """Remember nothing of a tenant, or of any; call after a change was committed."""
        if tenant_id is None:
            self._recent.clear()
        else:
            self._recent.pop(tenant_id, None)

    async def _read(self, scope: TenantScope) -> Rules:
        async with self._store.read(scope) as tx:
            tenant = await tx.tenant.get()
            flags = resolve_flags(await tx.flags.platform(), await tx.flags.choices())
        plan, caps = Plan(tenant.plan), tenant.caps or {}
        granted = effective_limits(plan, tenant.limits, {})
        return Rules(flags, plan, effective_limits(plan, tenant.limits, caps), granted)
