"""The people page: who belongs to the organisation."""

from functools import partial

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.member_views import MemberView
from ragapp.services.views import Page
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import read_shown, set_changed
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
            page = await self._read(scope, cursor)
        except RagAppError as error:
            self.error_code = error.code
        else:
            found = [member_row(view, scope.role) for view in page.items]
            self._show([*self.rows, *found] if cursor else found, page.next_cursor or "")
        self.is_loading = False

    async def _look(self, scope: TenantScope) -> None:
        views, next_cursor = await read_shown(partial(self._read, scope), len(self.rows))
        self._show([member_row(view, scope.role) for view in views], next_cursor)

    async def _read(self, scope: TenantScope, cursor: str | None) -> Page[MemberView]:
        return await current().members.list(scope, limit=PAGE_SIZE, cursor=cursor or None, query=self.query)

    def _show(self, rows: list[MemberRow], next_cursor: str) -> None:
        is_all = not (next_cursor or self.query)
        set_changed(self, rows=with_last_owner(rows, is_all=is_all), next_cursor=next_cursor)

    def _find(self, user_id: str) -> MemberRow | None:
        return next((row for row in self.rows if row.id == user_id), None)
