"""Rates: how often a tenant and each of its people may do something. Counted at admission, before any work.

A tenant's hour is counted twice where its administrators capped it: against what was granted, which they cannot start
anew by changing the cap, and against the cap.
"""

from dataclasses import dataclass

from ragapp.core.errors import RateLimited
from ragapp.core.plans import PlanLimits
from ragapp.core.ports import Rate, RateLimiter
from ragapp.core.scope import Origin, TenantScope
from ragapp.services.tenancy.rule_views import LimitsView, Operation, RateStanding
from ragapp.services.tenancy.tenant_rules import Rules, TenantRules
from ragapp.store.store import Store

HOUR_S = 3600
_MINUTE_S = 60
_UNLIMITED_ORIGINS = frozenset({Origin.TASK, Origin.CONSOLE})
_HOURLY = {Operation.ASK: "queries_per_hour", Operation.UPLOAD: "uploads_per_hour"}
_SPENT = {
    Operation.ASK: "Your organisation has used its {limit} questions for this hour. You can ask again in {wait}.",
    Operation.UPLOAD: "Your organisation has used its {limit} uploads for this hour. You can upload again in {wait}.",
}
_TOO_FAST = "That was a lot at once. You can go on in {wait}."


@dataclass(frozen=True, slots=True)
class Bursts:
    """How often one person may do something; 0 is no limit."""

    asks_per_minute: int = 0
    searches_per_minute: int = 0
    uploads_per_minute: int = 0
    exports_per_hour: int = 0

    def rate_of(self, operation: Operation) -> Rate | None:
        """Return the rate of an operation."""
        count, window_s = {
            Operation.ASK: (self.asks_per_minute, _MINUTE_S),
            Operation.SEARCH: (self.searches_per_minute, _MINUTE_S),
            Operation.UPLOAD: (self.uploads_per_minute, _MINUTE_S),
            Operation.EXPORT: (self.exports_per_hour, HOUR_S),
        }[operation]
        return Rate(count, window_s) if count else None


@dataclass(frozen=True, slots=True)
class _Counted:
    """One rate that applies to a caller, and the key it is counted under."""

    operation: Operation
    key: str
    rate: Rate
    is_tenants: bool


class LimitService:
    """Admits work, and says how much room there is. Background work and the console are never held up."""

    def __init__(self, store: Store, rules: TenantRules, limiter: RateLimiter, bursts: Bursts) -> None:
        self._store = store
        self._rules = rules
        self._limiter = limiter
        self._bursts = bursts

    async def admit(self, scope: TenantScope, operation: Operation) -> None:
        """Count one use. One that is refused counts nowhere.

        Raises:
            RateLimited: there is no room; the message says when there will be.
        """
        counted = await self._counted(scope, operation)
        for each in counted:
            if not (await self._limiter.peek(each.key, each.rate)).allowed:
                await self._refuse(each)
        for each in counted:
            if not (await self._limiter.hit(each.key, each.rate)).allowed:
                await self._refuse(each)

    async def standing(self, scope: TenantScope, operation: Operation) -> RateStanding | None:
        """Return the rate that leaves the caller least room; None where nothing is limited."""
        standings = [await self._look(each) for each in await self._counted(scope, operation)]
        return min(standings, key=lambda standing: standing.remaining, default=None)

    async def of_tenant(self, scope: TenantScope) -> LimitsView:
        """Return what the caller's tenant may use and uses now; any member may know."""
        rules = await self._rules.of(scope)
        hourly = [_tenants(scope, operation, rules.limits) for operation in _HOURLY]
        standings = [await self._look(each) for each in hourly if each is not None]
        async with self._store.read(scope) as tx:
            totals = await tx.usage.totals()
        return LimitsView(
            plan=rules.plan,
            limits=rules.limits,
            granted=rules.granted,
            document_count=totals.document_count,
            storage_bytes=totals.storage_bytes,
            member_count=totals.member_count,
            standings=tuple(standings),
        )

    async def effective(self, scope: TenantScope) -> PlanLimits:
        """Return what holds for the caller's tenant."""
        return (await self._rules.of(scope)).limits

    async def _counted(self, scope: TenantScope, operation: Operation) -> list[_Counted]:
        if scope.origin in _UNLIMITED_ORIGINS:
            return []
        rules = await self._rules.of(scope)
        return [*_tenants_rates(scope, operation, rules), *self._own_rates(scope, operation)]

    def _own_rates(self, scope: TenantScope, operation: Operation) -> list[_Counted]:
        rate = self._bursts.rate_of(operation)
        key = f"{operation.value}:user:{scope.tenant_id}:{scope.user_id}"
        return [_Counted(operation, key, rate, is_tenants=False)] if rate else []

    async def _look(self, counted: _Counted) -> RateStanding:
        seen = await self._limiter.peek(counted.key, counted.rate)
        return RateStanding(
            counted.operation,
            counted.is_tenants,
            counted.rate.count,
            seen.remaining,
            counted.rate.window_s,
            seen.reset_after_s,
        )

    async def _refuse(self, counted: _Counted) -> None:
        seen = await self._look(counted)
        words = _SPENT[counted.operation] if counted.is_tenants else _TOO_FAST
        raise RateLimited(
            words.format(limit=seen.limit, wait=in_words(seen.reset_after_s)),
            retry_after_s=seen.reset_after_s,
            details={
                "operation": seen.operation.value,
                "per": "tenant" if seen.is_tenants else "user",
                "limit": seen.limit,
                "window_s": seen.window_s,
            },
        )


def _tenants(scope: TenantScope, operation: Operation, limits: PlanLimits) -> _Counted | None:
    count: int | None = getattr(limits, _HOURLY[operation])
    if count is None:
        return None
    return _Counted(operation, f"{operation.value}:tenant:{scope.tenant_id}", Rate(count, HOUR_S), is_tenants=True)


def _tenants_rates(scope: TenantScope, operation: Operation, rules: Rules) -> list[_Counted]:
    if operation not in _HOURLY:
        return []
    found = {_tenants(scope, operation, limits) for limits in (rules.granted, rules.limits)}
    return sorted((each for each in found if each is not None), key=lambda each: each.rate.count)


def in_words(seconds: int) -> str:
    """Return a waiting time as people say it, rounded up."""
    if seconds < 2 * _MINUTE_S:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{-(-seconds // _MINUTE_S)} minutes"
