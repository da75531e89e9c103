"""The document page: the page picture or the extracted text, opened at the marked passage."""

import re
from dataclasses import replace
from pathlib import PurePath

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import DocumentId
from ragapp.core.scope import TenantScope
from ragapp.services.library.text_views import DocumentTextView
from ragapp.services.registry import current
from ragapp.services.views import DocumentView
from ragapp.ui.session import current_scope
from ragapp.ui.states.document_rows import DocumentRow, document_row, note_rows
from ragapp.ui.text_window import TextWindow

_VERSION = re.compile(r"[1-9][0-9]{0,5}")
_MARK = re.compile(r"(\d{1,9})-(\d{1,9})")
# `assets/js/viewer.js` waits until the text or the page picture is there.
_SCROLL_TO_MARK = "window.ragappShowMark?.()"
_NO_WINDOW = TextWindow.around(0, 0, 0)


class ViewerState(rx.State):
    """One document at one place. The address holds everything needed to show it again."""

    document: DocumentRow = DocumentRow()
    is_loading: bool = True
    error_code: str = ""
    tab: str = "text"
    page: int = 1
    mark: str = ""
    mark_place: int = 0
    """How far down its page the mark begins, in percent, judged by its place in the page's text."""
    before: str = ""
    marked: str = ""
    after: str = ""
    has_earlier: bool = False
    has_later: bool = False
    version: int = 0
    """The earlier version that is shown; 0 for the current one."""

    _window: TextWindow = _NO_WINDOW

    @rx.event
    async def load(self) -> EventSpec | None:
        """Show the document of the address at its `page` and `mark`."""
        scope = await current_scope(self)
        self.is_loading, self.error_code = True, ""
        try:
            view = await current().documents.get(scope, self._document_id())
            self.document = document_row(view)
            if view.version > 0:
                await self._open_version(scope, view)
        except RagAppError as error:
            self.error_code, self.document = error.code, DocumentRow()
        self.is_loading = False
        return rx.call_script(_SCROLL_TO_MARK)

    @rx.event
    def show_tab(self, tab: str) -> EventSpec:
        """Switch between page pictures and text."""
        self.tab = tab
        return rx.call_script(_SCROLL_TO_MARK)

    @rx.event
    def go_to_page(self, page: int) -> EventSpec:
        """Show another page and keep the address in step, so that it can be shared."""
        self.page = min(max(1, page), max(1, self.document.page_count))
        mark = f"&mark={self.mark}" if self.mark else ""
        version = f"&version={self.version}" if self.version else ""
        return rx.call_script(f"history.replaceState(history.state, '', '?page={self.page}{mark}{version}')")

    @rx.event
    async def show_earlier(self) -> None:
        """Show more text above."""
        await self._move(self._window.earlier())

    @rx.event
    async def show_later(self) -> None:
        """Show more text below."""
        await self._move(self._window.later())

    async def _open_version(self, scope: TenantScope, view: DocumentView) -> None:
        asked = str(self.router.url.query_parameters.get("version", ""))
        wanted = int(asked) if _VERSION.fullmatch(asked) else view.version
        self.version = wanted if wanted != view.version else 0
        if self.version:
            file = await current().documents.file(scope, view.id, version=wanted)
            kind = PurePath(file.filename).suffix.lstrip(".").upper()[:5]
            text = await current().documents.text(scope, view.id, version=wanted)
            notes = note_rows(text.notes)
            self.document = replace(self.document, kind=kind, page_count=text.page_count or 0, notes=notes)
        else:
            text = await current().documents.text(scope, view.id)
        self._show(text)

    def _document_id(self) -> DocumentId:
        return DocumentId(self.router.url.path.strip("/").partition("/")[2])

    def _show(self, view: DocumentTextView) -> None:
        query = self.router.url.query_parameters
        start, end = _span(str(query.get("mark", "")))
        self.mark = f"{start}-{end}" if end > start else ""
        self.page = _page_number(str(query.get("page", "")), view, start)
        self.mark_place = _place_on_page(view, start) if self.mark else 0
        self.tab = "pages" if self.document.kind == "PDF" and self.document.page_count else "text"
        if not self.mark and self.page > 1:
            start = end = next((span.start for span in view.pages if span.number == self.page), 0)
        self._cut(view.text, TextWindow.around(len(view.text), start, end))

    async def _move(self, window: TextWindow) -> None:
        scope = await current_scope(self)
        shown = current().documents.text(scope, DocumentId(self.document.id), version=self.version or None)
        try:
            self._cut((await shown).text, window)
        except RagAppError as error:  # deleted, or closed to this person, while it was open
            self.error_code, self.document = error.code, DocumentRow()

    def _cut(self, text: str, window: TextWindow) -> None:
        self._window = window
        self.before, self.marked, self.after = window.cut(text)
        self.has_earlier, self.has_later = window.start > 0, window.end < window.length


def _span(mark: str) -> tuple[int, int]:
    found = _MARK.fullmatch(mark)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _place_on_page(view: DocumentTextView, mark_start: int) -> int:
    for span in view.pages:
        if span.start <= mark_start < span.end:
            return 100 * (mark_start - span.start) // (span.end - span.start)
    return 0


def _page_number(asked: str, view: DocumentTextView, mark_start: int) -> int:
    """Return the asked page if it exists, otherwise the page the mark stands on, otherwise the first."""
    numbers = {span.number for span in view.pages}
    if asked.isascii() and asked.isdigit() and int(asked) in numbers:
        return int(asked)
    return next((span.number for span in view.pages if span.start <= mark_start < span.end), 1)
