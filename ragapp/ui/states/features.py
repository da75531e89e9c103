"""The features as the administration shows them, and how much of the limits is in use."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.flags import Flag
from ragapp.core.plans import GIBIBYTE
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import FlagView, LimitsView, Operation
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.language import language_of


class FeaturesState(rx.State):
    """Which features are on, which of them the operator decides, and what is used of each limit (by its name)."""

    switched_on: list[str] = []
    enforced: list[str] = []
    used: dict[str, float] = {}

    @rx.event
    async def load(self) -> None:
        """Show features and use; the page's settings say it when they may not be read."""
        try:
            await self._look(await current_scope(self))
        except RagAppError:
            self.switched_on, self.enforced, self.used = [], [], {}

    @rx.event
    @requires(Permission.MANAGE_FLAGS)
    async def switch(self, flag: str, is_on: bool) -> list[EventSpec]:
        """Switch a feature on or off."""
        scope, language = await current_scope(self), await language_of(self)
        if flag not in set(Flag):
            return []
        try:
            self._show(await current().flags.change(scope, {Flag(flag): is_on}))
        except RagAppError as error:
            return [feedback.show(error, language), FeaturesState.load()]
        text = translate(language, "Turned on") if is_on else translate(language, "Turned off")
        return [feedback.success(text)]

    async def _look(self, scope: TenantScope) -> None:
        self._show(await current().flags.list(scope))
        set_changed(self, used=used_of(await current().limits.of_tenant(scope)))

    def _show(self, views: tuple[FlagView, ...]) -> None:
        set_changed(
            self,
            switched_on=[view.flag.value for view in views if view.is_on],
            enforced=[view.flag.value for view in views if view.is_locked],
        )


def used_of(view: LimitsView) -> dict[str, float]:
    """Return what is used now, by the name of the limit; storage in GB, rates of the last hour, -1 for uncounted."""
    rates = {standing.operation: standing.used for standing in view.standings if standing.is_tenants}
    return {
        "max_documents": view.document_count,
        "max_storage_bytes": round(view.storage_bytes / GIBIBYTE, 2),
        "max_members": view.member_count,
        "queries_per_hour": rates.get(Operation.ASK, -1),
        "uploads_per_hour": rates.get(Operation.UPLOAD, -1),
    }
