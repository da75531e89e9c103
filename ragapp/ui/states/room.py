"""How many questions are left this hour, which features the page itself obeys, and what was told to the admins."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.flags import Flag
from ragapp.core.ids import MessageId
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import Operation
from ragapp.ui import feedback
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of

_NEAR = 0.7


class RoomState(rx.State):
    """Set when a page opens and after every question. `limit` is 0 while there is room enough to say nothing."""

    used: int = 0
    limit: int = 0
    wait_minutes: int = 0
    is_live: bool = True
    shows_details: bool = False
    reported: list[str] = []

    @rx.event
    async def look(self) -> None:
        """Look at limits and features."""
        await self._look(await current_scope(self))

    @rx.event
    async def report(self, message_id: str) -> list[EventSpec]:
        """Tell the administrators that the documents do not answer this."""
        scope, language = await current_scope(self), await language_of(self)
        try:
            await current().missing_reports.report(scope, MessageId(message_id))
        except RagAppError as error:
            return [feedback.show(error, language)]
        self.reported = [*self.reported, message_id]
        return [feedback.success(translate(language, "Thank you. Your administrators will see this question."))]

    async def _look(self, scope: TenantScope) -> None:
        values = await current().flags.values(scope)
        self._set(is_live=values[Flag.REAL_TIME_UPDATES], shows_details=values[Flag.DEBUG_MODE])
        standing = await current().limits.standing(scope, Operation.ASK)
        if standing is None or not standing.is_tenants or standing.used < standing.limit * _NEAR:
            self._set(used=0, limit=0, wait_minutes=0)
            return
        wait = -(-standing.reset_after_s // 60) if standing.remaining == 0 else 0
        self._set(used=standing.used, limit=standing.limit, wait_minutes=wait)

    def _set(self, **values: int | bool) -> None:
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
