"""What every organisation used, for those who run the platform: amounts, never content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import TenantId
from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.services.oversight.oversight_views import UsageDay
from ragapp.services.registry import current
from ragapp.services.tenancy.tenant_views import TenantSummary, TenantUsageView
from ragapp.services.views import Page
from ragapp.ui import feedback
from ragapp.ui.access import operator_only
from ragapp.ui.kit.address import ListAddress, Param
from ragapp.ui.session import operator_scope
from ragapp.ui.states.changes import read_shown, set_changed
from ragapp.ui.states.language import language_of
from ragapp.ui.states.usage import MONTH, month_span, recent_months
from ragapp.ui.states.usage_points import Point, amounts_of, points_of

_MOST_TENANTS = 1000


@dataclass(frozen=True)
class TenantUse:
    """What one organisation used in the month; `percent` is its share of the questions of the one that asked most."""

    id: str = ""
    name: str = ""
    questions: int = 0
    searches: int = 0
    tokens: int = 0
    documents: int = 0
    seconds: int = 0
    storage_bytes: int = 0
    percent: int = 0


class OperatorUsageState(ListAddress, rx.State):
    """A month of all organisations, those that asked most first; `chosen` is the one shown day by day."""

    _route: ClassVar[str] = "/platform/usage"
    _params: ClassVar[tuple[Param, ...]] = (MONTH,)
    _most_pages: ClassVar[int] = 1

    months: list[str] = []
    month: str = ""
    rows: list[TenantUse] = []
    totals: dict[str, int] = {}
    chosen: TenantUse = TenantUse()
    points: list[Point] = []
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    @operator_only
    async def load(self) -> None:
        """Show the month of the address, without one the present month."""
        self.months = recent_months(datetime.now(UTC).date())
        self._read_address()
        self.month = self.month if self.month in self.months else self.months[0]
        self.error_code = ""
        scope = await operator_scope(self)
        try:
            await self._read(scope)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    @operator_only
    async def choose_month(self, month: str) -> list[EventSpec]:
        """Show another month."""
        return self._go(month=month) if month in self.months else []

    @rx.event
    @operator_only
    async def choose(self, tenant_id: str) -> list[EventSpec]:
        """Show one organisation day by day."""
        scope = await operator_scope(self)
        since, until = month_span(self.month, datetime.now(UTC).date())
        try:
            view = await current().tenants.usage(scope, TenantId(tenant_id), since=since, until=until)
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        self.points = _points(view)
        self.chosen = next((row for row in self.rows if row.id == tenant_id), TenantUse())
        return []

    @rx.event
    @operator_only
    def close(self, is_open: bool) -> None:
        """Go back to all organisations."""
        self.chosen = self.chosen if is_open else TenantUse()

    async def _look(self, scope: TenantScope) -> None:  # noqa: ARG002 - whether they are an operator is read again
        await self._read(await operator_scope(self))

    async def _read(self, scope: PlatformScope) -> None:
        since, until = month_span(self.month, datetime.now(UTC).date())
        used = await current().usage.of_all(scope, since=since, until=until)
        tenants, _ = await read_shown(partial(_tenants, scope), _MOST_TENANTS)
        set_changed(self, rows=use_rows(tenants, used), totals=_totals(used))


async def _tenants(scope: PlatformScope, cursor: str | None) -> Page[TenantSummary]:
    return await current().tenants.list(scope, limit=100, cursor=cursor)


def use_rows(tenants: list[TenantSummary], used: Mapping[TenantId, Mapping[str, int]]) -> list[TenantUse]:
    """Return what each tenant used, most questions first."""
    amounts = {tenant.id: amounts_of(used.get(tenant.id, {})) for tenant in tenants}
    most = max((each["questions"] for each in amounts.values()), default=0)
    rows = [_row(tenant, amounts[tenant.id], most) for tenant in tenants]
    return sorted(rows, key=lambda row: (-row.questions, row.name.casefold()))


def _row(tenant: TenantSummary, amounts: Mapping[str, int], most: int) -> TenantUse:
    shown = ("questions", "searches", "tokens", "documents", "seconds")
    return TenantUse(
        id=tenant.id,
        name=tenant.name,
        storage_bytes=tenant.storage_bytes,
        percent=100 * amounts["questions"] // max(most, 1),
        **{name: amounts[name] for name in shown},
    )


def _totals(used: Mapping[TenantId, Mapping[str, int]]) -> dict[str, int]:
    each = [amounts_of(amounts) for amounts in used.values()]
    return {name: sum(amounts[name] for amounts in each) for name in amounts_of({})}


def _points(view: TenantUsageView) -> list[Point]:
    by_day: dict[str, dict[str, int]] = {}
    for point in view.points:
        by_day.setdefault(point.day.isoformat(), {})[point.metric] = point.amount
    days = [view.since.fromordinal(number) for number in range(view.since.toordinal(), view.until.toordinal() + 1)]
    return points_of([UsageDay(day, by_day.get(day.isoformat(), {}), 0, 0) for day in days])
