"""The administration's overview: numbers and charts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import reflex as rx

from ragapp.core.errors import RagAppError
from ragapp.core.plans import PlanLimits
from ragapp.core.scope import TenantScope
from ragapp.core.usage import Metric
from ragapp.services.oversight.oversight_views import UsageView
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import LimitsView
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.usage_points import Point, points_of

SHOWN_DAYS = 30
_NEAR_PERCENT = 80


@dataclass(frozen=True)
class Holdings:
    """What is held or used; as limits, -1 where there is none."""

    people: int = 0
    documents: int = 0
    bytes: int = 0
    questions: int = 0
    questions_per_hour: int = -1


@dataclass(frozen=True)
class NearLimit:
    """A limit of which most is used, by its name."""

    name: str = ""
    percent: int = 0


class OverviewState(rx.State):
    """What the overview shows; every number is counted by the services."""

    used: Holdings = Holdings()
    most: Holdings = Holdings()
    near: list[NearLimit] = []
    points: list[Point] = []
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the numbers."""
        scope = await current_scope(self)
        self.error_code = ""
        try:
            await self._look(scope)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    async def _look(self, scope: TenantScope) -> None:
        self._show(*await _fetch(scope))

    def _show(self, limits: LimitsView, usage: UsageView) -> None:
        month = datetime.now(UTC).date().replace(day=1)
        asked = sum(day.amounts.get(Metric.QUESTIONS, 0) for day in usage.days if day.day >= month)
        set_changed(
            self,
            used=Holdings(limits.member_count, limits.document_count, limits.storage_bytes, asked),
            most=_most(limits.limits),
            near=near_limits(limits),
            points=points_of(usage.days)[-SHOWN_DAYS:],
        )


def _most(allowed: PlanLimits) -> Holdings:
    return Holdings(
        people=_or_none(allowed.max_members),
        documents=_or_none(allowed.max_documents),
        bytes=_or_none(allowed.max_storage_bytes),
        questions_per_hour=_or_none(allowed.queries_per_hour),
    )


def near_limits(view: LimitsView) -> list[NearLimit]:
    """Return the limits of which at least four fifths are used."""
    held = {
        "max_documents": (view.document_count, view.limits.max_documents),
        "max_storage_bytes": (view.storage_bytes, view.limits.max_storage_bytes),
        "max_members": (view.member_count, view.limits.max_members),
    }
    shares = {name: 100 * used // limit for name, (used, limit) in held.items() if limit}
    return [NearLimit(name, min(percent, 100)) for name, percent in shares.items() if percent >= _NEAR_PERCENT]


async def _fetch(scope: TenantScope) -> tuple[LimitsView, UsageView]:
    today = datetime.now(UTC).date()
    since = min(today.replace(day=1), today - timedelta(days=SHOWN_DAYS - 1))
    return await current().limits.of_tenant(scope), await current().usage.daily(scope, since=since, until=today)


def _or_none(limit: int | None) -> int:
    return -1 if limit is None else limit
