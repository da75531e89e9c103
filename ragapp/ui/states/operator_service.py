"""The running service as its operator sees it: queue, health over time, global features, versions."""

from datetime import UTC, datetime, timedelta

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.flags import Flag, GlobalFlag
from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import GlobalFlagView
from ragapp.ui import feedback
from ragapp.ui.access import operator_only
from ragapp.ui.i18n import translate
from ragapp.ui.session import operator_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.language import language_of
from ragapp.ui.states.operator_rows import HealthRow, QueueRow, VersionRow, health_row, queue_row

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
    versions: list[VersionRow] = []
    session_count: int = 0
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    @operator_only
    async def load(self) -> None:
        """Show everything."""
        scope = await operator_scope(self)
        self.error_code = ""
        try:
            await self._read(scope)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

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

    async def _look(self, scope: TenantScope) -> None:  # noqa: ARG002 - whether they are an operator is read again
        await self._read(await operator_scope(self))

    async def _read(self, scope: PlatformScope) -> None:
        services = current()
        queue, overview = await services.platform.queue(scope), await services.platform.overview(scope)
        health = await services.health_history.series(scope, since=datetime.now(UTC) - _SHOWN, step_s=_STEP_S)
        self._show(await services.flags.list_global(scope))
        set_changed(
            self,
            queue=[queue_row(view) for view in queue.tasks],
            health=[health_row(series) for series in health],
            queued=queue.counts.get("queued", 0),
            running=queue.counts.get("running", 0),
            failed=queue.counts.get("failed", 0),
            versions=[VersionRow(part, version) for part, version in overview.versions.items()],
            session_count=overview.session_count,
        )

    def _show(self, views: tuple[GlobalFlagView, ...]) -> None:
        set_changed(
            self,
            switched_on=[view.flag.value for view in views if view.is_on],
            enforced=[view.flag.value for view in views if view.is_enforced],
        )
