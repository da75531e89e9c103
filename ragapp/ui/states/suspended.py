"""What the page of a suspended organisation shows."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated
from ragapp.services.registry import current
from ragapp.ui.access import public
from ragapp.ui.session import session_token
from ragapp.ui.states.entry import EntryState


class SuspendedState(rx.State):
    """Which organisation, and the reason its operator gave."""

    organisation: str = ""
    reason: str = ""

    @rx.event
    @public
    async def load(self) -> EventSpec | None:
        """Say so, or lead back where work goes on."""
        try:
            notice = await current().suspension.notice_for(session_token(self))
        except NotAuthenticated:
            return rx.redirect("/")
        self.organisation, self.reason = notice.organisation, notice.reason
        (await self.get_state(EntryState)).is_ready = True
        return None
