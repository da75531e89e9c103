"""The administration's overview: numbers and charts, kept up to date while the page is open."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated, RagAppError
from ragapp.core.flags import Flag
from ragapp.core.scope import TenantScope
from ragapp.core.usage import Metric
from ragapp.services.oversight_views import LimitsView, UsageView
from ragapp.services.registry import current
from ragapp.ui.session import current_scope, is_tab_open
from ragapp.ui.states.overview_work import OverviewWorkState
from ragapp.ui.states.usage_points import Point, points_of

POLL_EVERY_S = 5.0
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
    async def load(self) -> list[EventSpec]:
        """Show the numbers and follow them."""
        scope = await current_scope(self)
        self.error_code = ""
        try:
            self._show(*await _fetch(scope))
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False
        return [] if self.error_code else [OverviewState.follow()]

    @rx.event(background=True, supersedes=True)
    async def follow(self) -> None:
        """Look again every few seconds, until the page is left, the tab is gone or live updates are off."""
        while await _refresh(self):  # noqa: ASYNC110 - the truth is in the database, there is nothing to await
            await asyncio.sleep(POLL_EVERY_S)

    def _show(self, limits: LimitsView, usage: UsageView) -> None:
        month = datetime.now(UTC).date().replace(day=1)
        asked = sum(day.amounts.get(Metric.QUESTIONS, 0) for day in usage.days if day.day >= month)
        self.used = Holdings(limits.member_count, limits.document_count, limits.storage_bytes, asked)
        allowed = limits.limits
        self.most = Holdings(
            people=_or_none(allowed.max_members),
            documents=_or_none(allowed.max_documents),
            bytes=_or_none(allowed.max_storage_bytes),
            questions_per_hour=_or_none(allowed.queries_per_hour),
        )
        self.near = near_limits(limits)
        points = points_of(usage.days)[-SHOWN_DAYS:]
        if points != list(self.points):
            self.points = points


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


async def _refresh(overview: OverviewState) -> bool:
    """Bring the page up to date once; return whether to look again."""
    async with overview:
        if overview.router.url.path.rstrip("/") != "/admin" or not await is_tab_open(overview):
            return False
        try:
            scope = await current_scope(overview)
        except NotAuthenticated:
            return False
    try:
        if not await current().flags.is_on(scope, Flag.REAL_TIME_UPDATES):
            return False
        found = await _fetch(scope)
        async with overview:
            overview._show(*found)
            await (await overview.get_state(OverviewWorkState))._fetch(scope)
    except RagAppError:
        return False
    return True


def _or_none(limit: int | None) -> int:
    return -1 if limit is None else limit
