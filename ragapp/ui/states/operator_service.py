"""The running service as its operator sees it: queue, health over time, global features, version."""

import asyncio
from datetime import UTC, datetime, timedelta

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated, PermissionDenied, RagAppError
from ragapp.core.flags import Flag, GlobalFlag
from ragapp.services.oversight_views import GlobalFlagView
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import operator_only
from ragapp.ui.i18n import translate
from ragapp.ui.session import is_tab_open, operator_scope
from ragapp.ui.states.language import language_of
from ragapp.ui.states.operator_rows import HealthRow, QueueRow, health_row, queue_row

LOOK_EVERY_S = 2.0
_SHOWN = timedelta(hours=24)
_STEP_S = 1800


class OperatorServiceState(rx.State):
    """Numbers and states of the installation; nothing of what tenants hold."""

    queue: list[QueueRow] = []
    queued: int = 0
    running: int = 0
    failed: int = 0
    health: list[HealthRow] = []
    switched_on: list[str] = []
    enforced: list[str] = []
    version: str = ""
    session_count: int = 0
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    @operator_only
    async def load(self) -> list[EventSpec]:
        """Show everything, and keep it up to date."""
        await self._fetch()
        return [OperatorServiceState.follow()]

    @rx.event(background=True, supersedes=True)
    @operator_only
    async def follow(self) -> None:
        """Look again every few seconds while the page is open and its reader runs the platform."""
        while await _refresh(self):  # noqa: ASYNC110 - the truth is in the database, there is nothing to await
            await asyncio.sleep(LOOK_EVERY_S)

    @rx.event
    @operator_only
    async def switch(self, flag: str, is_on: bool) -> list[EventSpec]:
        """Decide whether a feature is on where a tenant has not chosen; an enforced one changes for all."""
        return await self._decide(flag, is_on=is_on, is_enforced=flag in self.enforced)

    @rx.event
    @operator_only
    async def enforce(self, flag: str, is_enforced: bool) -> list[EventSpec]:
        """Decide whether tenants may choose themselves."""
        return await self._decide(flag, is_on=flag in self.switched_on, is_enforced=is_enforced)

    async def _decide(self, flag: str, *, is_on: bool, is_enforced: bool) -> list[EventSpec]:
        scope, language = await operator_scope(self), await language_of(self)
        if flag not in set(Flag):
            return []
        try:
            self._show(await current().flags.change_global(scope, Flag(flag), GlobalFlag(is_on, is_enforced)))
        except RagAppError as error:
            return [feedback.show(error, language)]
        return [feedback.success(translate(language, "Saved"))]

    async def _fetch(self) -> None:
        scope, services = await operator_scope(self), current()
        self.error_code = ""
        try:
            queue, overview = await services.platform.queue(scope), await services.platform.overview(scope)
            since = datetime.now(UTC) - _SHOWN
            health = await services.health_history.series(scope, since=since, step_s=_STEP_S)
            self._show(await services.flags.list_global(scope))
        except RagAppError as error:
            self.error_code = error.code
        else:
            rows, parts = [queue_row(view) for view in queue.tasks], [health_row(series) for series in health]
            if rows != list(self.queue):
                self.queue = rows
            if parts != list(self.health):
                self.health = parts
            counts = queue.counts
            self.queued, self.running = counts.get("queued", 0), counts.get("running", 0)
            self.failed = counts.get("failed", 0)
            self.version, self.session_count = overview.version, overview.session_count
        self.is_loading = False

    def _show(self, views: tuple[GlobalFlagView, ...]) -> None:
        on, enforced = [[v.flag.value for v in views if test(v)] for test in (_is_on, _is_enforced)]
        if on != list(self.switched_on):
            self.switched_on = on
        if enforced != list(self.enforced):
            self.enforced = enforced


def _is_on(view: GlobalFlagView) -> bool:
    return view.is_on


def _is_enforced(view: GlobalFlagView) -> bool:
    return view.is_enforced


async def _refresh(state: OperatorServiceState) -> bool:
    async with state:
        if state.router.url.path.rstrip("/") != "/platform/service" or not await is_tab_open(state):
            return False
        try:
            await state._fetch()
        except (NotAuthenticated, PermissionDenied):
            state.queue, state.health = [], []
            return False
    return True
