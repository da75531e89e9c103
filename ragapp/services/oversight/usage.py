"""Usage: what a tenant and its people used, day by day, and who used most."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from datetime import date, timedelta

from ragapp.core.errors import InvalidInput
from ragapp.core.ids import TenantId, UserId
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, PlatformScope, TenantScope, require
from ragapp.core.usage import Metric
from ragapp.services.csv_rows import csv_line
from ragapp.services.oversight.oversight_views import UsageDay, UsageView, UserUsage
from ragapp.services.retrieval.search_tally import SearchTally
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.rule_views import Operation
from ragapp.store.store import Store

MAX_DAYS = 366
MOST_USERS = 100
_CSV_HEAD = ("day", "metric", "person_id", "person", "amount")


class UsageService:
    """Reads counters. They are written where the work is done, in its own transaction."""

    def __init__(self, store: Store, clock: Clock, limits: LimitService, searches: SearchTally) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._searches = searches

    async def daily(self, scope: TenantScope, *, since: date, until: date) -> UsageView:
        """Return every day from `since` up to and with `until` (UTC), days without use too.

        Raises:
            PermissionDenied: no right to read usage. InvalidInput: no days, or over `MAX_DAYS`.
        """
        require(scope, Permission.READ_USAGE)
        _ensure_span(since, until)
        await self._searches.write()
        async with self._store.read(scope) as tx:
            totals = await tx.usage.totals()
            # What came and went later is needed to say what was held on a day that is over.
            rows = await tx.usage.per_day(since, max(until, self._clock.now().date()))
        held = (totals.document_count, totals.storage_bytes)
        return _view(since, until, rows, held)

    async def top_users(
        self, scope: TenantScope, *, metric: Metric, since: date, until: date, limit: int = 10
    ) -> tuple[UserUsage, ...]:
        """Return who used most of one metric, most first.

        Raises:
            PermissionDenied: no right to read usage. InvalidInput: no days, too many, or `limit` out of range.
        """
        require(scope, Permission.READ_USAGE)
        _ensure_span(since, until)
        if not 1 <= limit <= MOST_USERS:
            raise InvalidInput(f"Ask for 1 to {MOST_USERS} people.", details={"field": "limit"})
        await self._searches.write()
        async with self._store.read(scope) as tx:
            rows = await tx.usage.per_user(metric.value, since, until, limit=limit)
            names = await tx.members.names_of([user_id for user_id, _ in rows])
        return tuple(UserUsage(UserId(user_id), names.get(user_id, ""), amount) for user_id, amount in rows)

    async def export(self, scope: TenantScope, *, since: date, until: date) -> AsyncGenerator[bytes]:
        """Yield the counters as CSV, day by day.

        Raises:
            PermissionDenied: no right to read usage. InvalidInput: no days, or too many. RateLimited: too many exports.
        """
        require(scope, Permission.READ_USAGE)
        _ensure_span(since, until)
        await self._limits.admit(scope, Operation.EXPORT)
        await self._searches.write()
        yield csv_line(_CSV_HEAD)
        for day in _days(since, until):
            async with self._store.read(scope) as tx:
                rows = await tx.usage.of_day(day)
                names = await tx.members.names_of([user_id for _, user_id, _ in rows if user_id])
            if rows:
                yield b"".join(
                    csv_line((day, metric, user_id, names.get(user_id, ""), amount)) for metric, user_id, amount in rows
                )

    async def write_searches(self, scope: PlatformScope) -> None:  # noqa: ARG002 - the right to do so
        """Write searches that were only counted so far; a job of the process itself."""
        await self._searches.write()

    async def of_all(
        self, scope: PlatformScope, *, since: date, until: date
    ) -> Mapping[TenantId, Mapping[str, int]]:
        """Return every tenant's amounts by metric, for the operator.

        Raises:
            InvalidInput: no days, or too many.
        """
        _ensure_span(since, until)
        await self._searches.write()
        async with self._store.read_platform(scope) as tx:
            rows = await tx.usage_of_all(since, until)
        found: dict[TenantId, dict[str, int]] = {}
        for tenant_id, metric, amount in rows:
            found.setdefault(TenantId(tenant_id), {})[metric] = amount
        return found


def _view(since: date, until: date, rows: list[tuple[date, str, int]], held: tuple[int, int]) -> UsageView:
    by_day: dict[date, dict[str, int]] = defaultdict(dict)
    for day, metric, amount in rows:
        by_day[day][metric] = amount
    documents, size_bytes = held
    for day in [day for day in by_day if day > until]:
        documents, size_bytes = _before(by_day[day], documents, size_bytes)
    days: list[UsageDay] = []
    for day in reversed(_days(since, until)):
        days.append(UsageDay(day, by_day.get(day, {}), documents, size_bytes))
        documents, size_bytes = _before(by_day.get(day, {}), documents, size_bytes)
    totals = {metric.value: sum(each.amounts.get(metric.value, 0) for each in days) for metric in Metric}
    return UsageView(since, until, tuple(reversed(days)), totals)


def _before(amounts: Mapping[str, int], documents: int, size_bytes: int) -> tuple[int, int]:
    """Return what was held before a day, from what was held after it."""
    documents += amounts.get(Metric.DOCUMENTS_REMOVED, 0) - amounts.get(Metric.DOCUMENTS, 0)
    size_bytes += amounts.get(Metric.BYTES_REMOVED, 0) - amounts.get(Metric.BYTES, 0)
    return max(documents, 0), max(size_bytes, 0)


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=number) for number in range((until - since).days + 1)]


def _ensure_span(since: date, until: date) -> None:
    if not 0 <= (until - since).days < MAX_DAYS:
        raise InvalidInput(f"Choose 1 to {MAX_DAYS} days.", details={"field": "since"})
