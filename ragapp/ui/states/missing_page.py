"""An address without a page, opened by somebody who is not signed in: the card with the way to the start page."""

import reflex as rx

from ragapp.core.errors import NotAuthenticated
from ragapp.ui.access import public
from ragapp.ui.session import current_scope
from ragapp.ui.states.entry import EntryState


class MissingPageState(rx.State):
    """Shows nothing of its own; the frame of members loads its sidebar itself."""

    @rx.event
    @public
    async def load(self) -> None:
        """Let the card be seen."""
        try:
            await current_scope(self, for_account=True)
        except NotAuthenticated:
            (await self.get_state(EntryState)).is_ready = True
