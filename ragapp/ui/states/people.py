"""The people page: who belongs to the organisation."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.services.registry import current
from ragapp.ui.session import current_scope
from ragapp.ui.states.people_rows import MemberRow, member_row, with_last_owner

PAGE_SIZE = 100


class PeopleState(rx.State):
    """The members as listed; every rule lives in services.members."""

    rows: list[MemberRow] = []
    query: str = ""
    next_cursor: str = ""
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the first members that match the search."""
        await self._fetch("")

    @rx.event
    async def search(self, query: str) -> list[EventSpec]:
        """Show only members whose name or address contains `query`."""
        self.query = query[:200]
        return [PeopleState.load()]

    @rx.event
    async def load_more(self) -> None:
        """Add further members to the end of the list."""
        await self._fetch(self.next_cursor)

    async def _fetch(self, cursor: str) -> None:
        scope = await current_scope(self)
        self.error_code = ""
        try:
            page = await current().members.list(scope, limit=PAGE_SIZE, cursor=cursor or None, query=self.query)
        except RagAppError as error:
            self.error_code = error.code
        else:
            found = [member_row(view, scope.role) for view in page.items]
            self.next_cursor = page.next_cursor or ""
            shown = [*self.rows, *found] if cursor else found
            self.rows = with_last_owner(shown, is_all=not (self.next_cursor or self.query))
        self.is_loading = False

    def _find(self, user_id: str) -> MemberRow | None:
        return next((row for row in self.rows if row.id == user_id), None)
