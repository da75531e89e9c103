"""The documents page: one page of the list at a time, kept up to date while something is being processed."""

import asyncio
import contextlib
from collections.abc import Mapping

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated, NotFound, RagAppError
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.services.views import DocumentView, Page
from ragapp.ui.session import current_scope, is_tab_open
from ragapp.ui.states.document_rows import DocumentRow, document_row
from ragapp.ui.states.tray import TrayState

PAGE_SIZE = 50
POLL_EVERY_S = 1.0
_LOOKUPS_AT_ONCE = 5


class LibraryState(rx.State):
    """What the documents page shows; every rule lives in services.documents."""

    rows: list[DocumentRow] = []
    status: str = ""
    query: str = ""
    page_number: int = 1
    has_next: bool = False
    is_loading: bool = True
    error_code: str = ""

    _cursors: list[str] = [""]
    _bases: dict[str, str] = {}

    @rx.event
    async def load(self) -> list[EventSpec]:
        """Show the page of the list that the filters ask for, and follow it while something is unfinished."""
        scope = await current_scope(self)
        self.error_code = ""
        try:
            self._bases = {base.id: base.name for base in await current().knowledge_bases.list(scope)}
            self._show(await self._fetch(scope))
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False
        return [LibraryState.follow()]

    @rx.event
    async def filter_status(self, status: str) -> list[EventSpec]:
        """Show only documents with this status; "" shows all."""
        self.status = status if status in set(DocumentStatus) else ""
        return self._from_the_start()

    @rx.event
    async def search(self, query: str) -> list[EventSpec]:
        """Show only documents whose name contains `query`."""
        self.query = query[:200]
        return self._from_the_start()

    @rx.event
    async def show_all(self) -> list[EventSpec]:
        """Drop search and filter."""
        self.query = self.status = ""
        return self._from_the_start()

    @rx.event
    async def next_page(self) -> list[EventSpec]:
        """Go one page on."""
        if self.has_next:
            self.page_number += 1
        return [LibraryState.load()]

    @rx.event
    async def previous_page(self) -> list[EventSpec]:
        """Go one page back."""
        self.page_number = max(1, self.page_number - 1)
        return [LibraryState.load()]

    @rx.event(background=True, supersedes=True)
    async def follow(self) -> None:
        """Ask once a second how unfinished documents are doing, until all are finished or the tab is gone."""
        while await _refresh(self):  # noqa: ASYNC110 - the truth is in the database, there is nothing to await
            await asyncio.sleep(POLL_EVERY_S)

    def _from_the_start(self) -> list[EventSpec]:
        self.page_number, self._cursors = 1, [""]
        return [LibraryState.load()]

    def _status_filter(self) -> DocumentStatus | None:
        return DocumentStatus(self.status) if self.status else None

    async def _fetch(self, scope: TenantScope) -> Page[DocumentView]:
        cursor = self._cursors[min(self.page_number, len(self._cursors)) - 1]
        return await current().documents.list(
            scope, limit=PAGE_SIZE, cursor=cursor or None, status=self._status_filter(), query=self.query
        )

    def _show(self, page: Page[DocumentView]) -> None:
        rows = [document_row(view, self._bases.get(view.knowledge_base_id, "")) for view in page.items]
        if rows != list(self.rows):
            self.rows = rows
        self.has_next = page.next_cursor is not None
        self._cursors = [*self._cursors[: self.page_number], page.next_cursor or ""]

    def _is_watched(self) -> bool:
        on_page = self.router.url.path.rstrip("/") == "/documents"
        return on_page and any(not row.is_finished for row in self.rows)

    def _take_away(self, document_ids: set[str]) -> None:
        self.rows = [row for row in self.rows if row.id not in document_ids]


async def _refresh(library: LibraryState) -> bool:
    """Bring list and tray up to date once; return whether something is still unfinished."""
    async with library:
        tray = await library.get_state(TrayState)
        wanted, is_watched = tray._unfinished_documents(), library._is_watched()
        if not (wanted or is_watched) or not await is_tab_open(library):
            return False
        try:
            scope = await current_scope(library)
        except NotAuthenticated:
            return False
    with contextlib.suppress(RagAppError):
        page: Page[DocumentView] = await library._fetch(scope) if is_watched else Page(())
        known: dict[str, DocumentView] = {view.id: view for view in page.items}
        found = await _find_documents(scope, [document_id for document_id in wanted if document_id not in known])
        async with library:
            (await library.get_state(TrayState))._follow({**known, **found})
            if is_watched:
                library._show(page)
    return True


async def _find_documents(scope: TenantScope, document_ids: list[str]) -> Mapping[str, DocumentView]:
    """Return those documents; many at once are looked for in the newest page of the list, one query for all."""
    documents = current().documents
    if len(document_ids) > _LOOKUPS_AT_ONCE:
        newest = await documents.list(scope, limit=100)
        return {view.id: view for view in newest.items}
    found: dict[str, DocumentView] = {}
    for document_id in document_ids:
        with contextlib.suppress(NotFound):
            found[document_id] = await documents.get(scope, DocumentId(document_id))
    return found
