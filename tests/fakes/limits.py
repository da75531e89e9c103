"""Limits and flags over a real database, counted in memory."""

from typing import cast

from ragapp.adapters.rate_limiter import LocalRateLimiter
from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope
from ragapp.services.tenancy.flags import FlagService
from ragapp.services.tenancy.limits import Bursts, LimitService
from ragapp.services.tenancy.rule_views import Operation, RateStanding
from ragapp.services.tenancy.tenant_rules import TenantRules
from ragapp.store.store import Store


def flags_over(store: Store, clock: Clock) -> FlagService:
    return FlagService(store, TenantRules(store, clock))


def limits_over(store: Store, clock: Clock, bursts: Bursts | None = None) -> LimitService:
    return LimitService(store, TenantRules(store, clock), LocalRateLimiter(clock), bursts or Bursts())


class NoLimits:
    """Admits everything; `standings` are what edges show."""

    def __init__(self) -> None:
        self.standings: dict[Operation, RateStanding] = {}
        self.admitted: list[Operation] = []

    async def admit(self, scope: TenantScope, operation: Operation) -> None:
        self.admitted.append(operation)

    async def standing(self, scope: TenantScope, operation: Operation) -> RateStanding | None:
        return self.standings.get(operation)


def no_limits() -> LimitService:
    return cast("LimitService", NoLimits())
