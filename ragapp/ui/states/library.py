"""The documents page: one page of the list at a time, kept up to date while something is being processed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated, RagAppError
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.services.views import DocumentView, Page
from ragapp.ui.kit.address import ListAddress, Param, an_id, any_words, one_of
from ragapp.ui.session import current_scope, is_tab_open
from ragapp.ui.states.document_rows import DocumentRow, document_row
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.room import RoomState
from ragapp.ui.states.tray import TrayState
from ragapp.ui.states.tray_end import say_end

PAGE_SIZE = 50
IN_PROGRESS = "in_progress"
POLL_EVERY_S = 1.0


@dataclass(frozen=True)
class Choice:
    """Something to choose by name."""

    id: str
    name: str


class LibraryState(ListAddress, rx.State):
    """What the documents page shows; every rule lives in services.documents."""

    _route: ClassVar[str] = "/documents"
    _params: ClassVar[tuple[Param, ...]] = (
        Param("query", "q", any_words),
        Param("status", "status", one_of({IN_PROGRESS, *DocumentStatus})),
        Param("base_id", "base", an_id),
        Param("folder", "folder", any_words),
        Param("tag", "tag", any_words),
    )

    rows: list[DocumentRow] = []
    status: str = ""
    base_id: str = ""
    base_name: str = ""
    folder: str = ""
    tag: str = ""
    query: str = ""
    bases: list[Choice] = []
    folders: list[str] = []
    tags: list[str] = []
    has_next: bool = False
    is_loading: bool = True
    error_code: str = ""

    _has_hidden_work: bool = False
    _cursors: list[str] = [""]
    _cursors_of: tuple[str, ...] = ()
    _bases: dict[str, str] = {}

    @rx.event
    async def load(self) -> list[EventSpec]:
        """Show the page of the list that the address asks for, and follow it while something is unfinished."""
        scope = await current_scope(self)
        self._read_address()
        self.error_code = ""
        try:
            self._bases = {base.id: base.name for base in await current().knowledge_bases.list(scope)}
            self.bases = [Choice(base_id, name) for base_id, name in self._bases.items()]
            self._allow(base_id={"", *self._bases})
            self.base_name = self._bases.get(self.base_id, "")
            self.folders, self.tags = await _order_of(scope, self.base_id)
            self._allow(folder={"", *self.folders}, tag={"", *self.tags})
            self._has_hidden_work = await _has_hidden_work(scope, self.status)
            await self._turn_to_page(scope)
            await self._forget_deleted(scope)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False
        return [LibraryState.follow()]

    @rx.event
    async def filter_status(self, status: str) -> list[EventSpec]:
        """Show only documents with this status, or all that are in progress; "" shows all."""
        return self._go(status=status)

    @rx.event
    async def filter_base(self, knowledge_base_id: str) -> list[EventSpec]:
        """Show only documents of this knowledge base; new files go there too. "" shows all."""
        return self._go(base_id=knowledge_base_id, folder="", tag="")

    @rx.event
    async def filter_folder(self, folder: str) -> list[EventSpec]:
        """Show only what lies in this folder or in those in it; "" shows all."""
        return self._go(folder=folder)

    @rx.event
    async def filter_tag(self, tag: str) -> list[EventSpec]:
        """Show only documents with this tag; "" shows all."""
        return self._go(tag=tag)

    @rx.event
    async def search(self, query: str) -> list[EventSpec]:
        """Show only documents whose name contains `query`."""
        return self._search_for(query)

    @rx.event
    async def clear_search(self) -> list[EventSpec]:
        """Drop the search and empty its box."""
        return self._go(query="")

    @rx.event
    async def show_all(self) -> list[EventSpec]:
        """Drop search and filter."""
        return self._go_to_all()

    @rx.event
    async def next_page(self) -> list[EventSpec]:
        """Go one page on."""
        return self._go(page=self.page_number + int(self.has_next))

    @rx.event
    async def previous_page(self) -> list[EventSpec]:
        """Go one page back."""
        return self._go(page=self.page_number - 1)

    @rx.event(background=True, supersedes=True)
    async def follow(self) -> AsyncIterator[list[EventSpec]]:
        """Ask once a second how unfinished documents are doing, until all are finished or the tab is gone."""
        is_open = True
        while is_open:  # the truth is in the database, there is nothing to await
            is_open, told = await _refresh(self)
            if told:
                yield told
            if is_open:
                await asyncio.sleep(POLL_EVERY_S)

    async def _look(self, scope: TenantScope) -> list[EventSpec]:
        self._show(await self._fetch(scope))
        await self._forget_deleted(scope)
        return [LibraryState.follow()] if self._is_watched() else []

    async def _forget_deleted(self, scope: TenantScope) -> None:
        """Have the tray speak of no document that somebody deleted."""
        tray = await self.get_state(TrayState)
        settled = [DocumentId(each) for each in tray._settled_documents()]
        if settled:
            tray._forget({*settled} - {view.id for view in await current().documents.find_many(scope, settled)})

    async def _turn_to_page(self, scope: TenantScope) -> None:
        """Show the page of the number asked for, or the last one there is; a page is found through those before it."""
        filters = (self.query, self.status, self.base_id, self.folder, self.tag)
        if self._cursors_of != filters:
            self._cursors_of, self._cursors = filters, [""]
        asked, self.page_number = self.page_number, min(self.page_number, len(self._cursors))
        self._show(await self._fetch(scope))
        while self.has_next and self.page_number < asked:
            self.page_number += 1
            self._show(await self._fetch(scope))
        while not self.rows and self.page_number > 1:  # deleted since
            self.page_number -= 1
            self._show(await self._fetch(scope))

    async def _fetch(self, scope: TenantScope) -> Page[DocumentView]:
        cursor = self._cursors[min(self.page_number, len(self._cursors)) - 1]
        is_in_progress = self.status == IN_PROGRESS
        return await current().documents.list(
            scope,
            limit=PAGE_SIZE,
            cursor=cursor or None,
            status=DocumentStatus(self.status) if self.status and not is_in_progress else None,
            is_in_progress=is_in_progress,
            knowledge_base_id=KnowledgeBaseId(self.base_id) if self.base_id else None,
            folder=self.folder,
            tag=self.tag,
            query=self.query,
        )

    def _show(self, page: Page[DocumentView]) -> None:
        rows = [document_row(view, self._bases.get(view.knowledge_base_id, "")) for view in page.items]
        if rows != list(self.rows):
            self.rows = rows
        self.has_next = page.next_cursor is not None
        after = [page.next_cursor] if page.next_cursor else []
        self._cursors = [*self._cursors[: self.page_number], *after]

    def _is_watched(self) -> bool:
        has_work = self._has_hidden_work or any(not row.is_finished for row in self.rows)
        return self._is_here() and has_work

    def _take_away(self, document_ids: set[str]) -> None:
        self.rows = [row for row in self.rows if row.id not in document_ids]


async def _refresh(library: LibraryState) -> tuple[bool, list[EventSpec]]:
    """Bring list and tray up to date once; return whether something is unfinished, and what is to be told."""
    async with library:
        tray = await library.get_state(TrayState)
        wanted = tray._unfinished_documents()
        is_watched = library._is_watched() or (library._is_here() and bool(wanted))
        if not (wanted or is_watched) or not await is_tab_open(library):
            return False, []
        try:
            scope = await current_scope(library)
        except NotAuthenticated:
            return False, []
        room = await library.get_state(RoomState)
        await room._look(scope)
        if not room.is_live:
            return False, []
    told: list[EventSpec] = []
    with contextlib.suppress(RagAppError):
        views = await current().documents.find_many(scope, [DocumentId(each) for each in wanted]) if wanted else ()
        has_hidden_work = await _has_hidden_work(scope, library.status) if is_watched else False
        # Last, so that the list does not lag behind when this was the last look.
        page: Page[DocumentView] = await library._fetch(scope) if is_watched else Page(())
        async with library:
            tray = await library.get_state(TrayState)
            tray._follow({view.id: view for view in views}, asked=wanted)
            told = say_end(tray, (await library.get_state(LanguageState)).language)
            if is_watched:
                library._has_hidden_work = has_hidden_work
                library._show(page)
    return True, told


async def _order_of(scope: TenantScope, base_id: str) -> tuple[list[str], list[str]]:
    """Return the folders, with those that only hold others, and the tags of all knowledge bases or of one."""
    filing, base = current().filing, KnowledgeBaseId(base_id) if base_id else None
    paths = {view.path for view in await filing.list_folders(scope, base)}
    outer = {"/".join(parts[:depth]) for parts in (path.split("/") for path in paths) for depth in range(1, len(parts))}
    return sorted(paths | outer), [view.name for view in await filing.list_tags(scope, base)]


async def _has_hidden_work(scope: TenantScope, status: str) -> bool:
    """Return whether anything is in progress that a list of one status does not show but soon may."""
    if not status:
        return False
    return bool((await current().documents.list(scope, limit=1, is_in_progress=True)).items)
