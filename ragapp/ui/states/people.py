"""The people page: who belongs to the organisation."""

from functools import partial
from typing import ClassVar

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.member_views import MemberView
from ragapp.services.views import Page
from ragapp.ui.kit.address import ListAddress, Param, any_words
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import pages_of, read_shown, set_changed
from ragapp.ui.states.people_rows import MemberRow, member_row, with_last_owner

PAGE_SIZE = 100


class PeopleState(ListAddress, rx.State):
    """The members as listed, `page_number` pages of them; every rule lives in services.members."""

    _route: ClassVar[str] = "/admin/people"
    _params: ClassVar[tuple[Param, ...]] = (Param("query", "q", any_words),)

    rows: list[MemberRow] = []
    query: str = ""
    next_cursor: str = ""
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the members that match the search of the address."""
        scope = await current_scope(self)
        self._read_address()
        self.error_code = ""
        try:
            await self._read_pages(scope, self.page_number * PAGE_SIZE)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    async def search(self, query: str) -> list[EventSpec]:
        """Show only members whose name or address contains `query`."""
        return self._search_for(query)

    @rx.event
    async def show_all(self) -> list[EventSpec]:
        """Drop the search."""
        return self._go_to_all()

    @rx.event
    async def load_more(self) -> list[EventSpec]:
        """Show further members too."""
        return self._go(page=self.page_number + 1, replaces=True)

    async def _look(self, scope: TenantScope) -> None:
        await self._read_pages(scope, len(self.rows))

    async def _read_pages(self, scope: TenantScope, count: int) -> None:
        views, next_cursor = await read_shown(partial(self._read, scope), count)
        self._set_page(pages_of(len(views), PAGE_SIZE))
        self._show([member_row(view, scope.role) for view in views], next_cursor)

    async def _read(self, scope: TenantScope, cursor: str | None) -> Page[MemberView]:
        return await current().members.list(scope, limit=PAGE_SIZE, cursor=cursor or None, query=self.query)

    def _show(self, rows: list[MemberRow], next_cursor: str) -> None:
        is_all = not (next_cursor or self.query)
        set_changed(self, rows=with_last_owner(rows, is_all=is_all), next_cursor=next_cursor)

    def _find(self, user_id: str) -> MemberRow | None:
        return next((row for row in self.rows if row.id == user_id), None)
