"""The usage page: one month at a time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import TenantScope
from ragapp.core.usage import Metric
from ragapp.services.oversight.oversight_views import UserUsage
from ragapp.services.registry import current
from ragapp.ui.kit.address import ListAddress, Param, a_day
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.usage_points import Point, amounts_of, is_busy, points_of

_SHOWN_MONTHS = 13
MONTH = Param("month", "month", a_day, is_filter=False)
"""The month of a page about usage, in its address."""
_SHOWN_PEOPLE = 50


@dataclass(frozen=True)
class PersonUsage:
    """How much one person asked; `percent` is their share of the one who asked most."""

    id: str = ""
    name: str = ""
    questions: int = 0
    percent: int = 0


class UsageState(ListAddress, rx.State):
    """A month as shown; months are the ISO dates of their first days."""

    _route: ClassVar[str] = "/admin/usage"
    _params: ClassVar[tuple[Param, ...]] = (MONTH,)
    _most_pages: ClassVar[int] = 1

    months: list[str] = []
    month: str = ""
    totals: dict[str, int] = {}
    points: list[Point] = []
    busy_days: list[Point] = []
    people: list[PersonUsage] = []
    export_address: str = ""
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the month of the address, without one the present month."""
        self.months = recent_months(datetime.now(UTC).date())
        self._read_address()
        self.month = self.month if self.month in self.months else self.months[0]
        self.error_code = ""
        try:
            await self._look(await current_scope(self))
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    async def choose_month(self, month: str) -> list[EventSpec]:
        """Show another month."""
        return self._go(month=month) if month in self.months else []

    async def _look(self, scope: TenantScope) -> None:
        since, until = month_span(self.month, datetime.now(UTC).date())
        usage = await current().usage.daily(scope, since=since, until=until)
        people = await current().usage.top_users(
            scope, metric=Metric.QUESTIONS, since=since, until=until, limit=_SHOWN_PEOPLE
        )
        points = points_of(usage.days)
        set_changed(
            self,
            totals=amounts_of(usage.totals),
            points=points,
            busy_days=[point for point in reversed(points) if is_busy(point)],
            people=_people(people),
            export_address=f"/api/v1/usage/export?since={since}&until={until}",
        )


def recent_months(today: date) -> list[str]:
    """Return the first days of this month and the twelve before it, newest first."""
    first, months = today.replace(day=1), []
    for _ in range(_SHOWN_MONTHS):
        months.append(first.isoformat())
        first = (first - timedelta(days=1)).replace(day=1)
    return months


def month_span(month: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of a month that is named by its first day; it ends today at the latest."""
    first = date.fromisoformat(month)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, max(first, min(today, following - timedelta(days=1)))


def _people(usage: tuple[UserUsage, ...]) -> list[PersonUsage]:
    most = max((each.amount for each in usage), default=0)
    return [PersonUsage(each.user_id, each.name, each.amount, 100 * each.amount // max(most, 1)) for each in usage]
