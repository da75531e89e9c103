"""Several documents at once: choosing, deleting after one question, trying again."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotFound, RagAppError
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate_plural
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.library import PAGE_SIZE, LibraryState
from ragapp.ui.states.retries import retry_documents, told_of_retries
from ragapp.ui.states.tray import TrayState

_NAMES_SHOWN = 5


class SelectionState(rx.State):
    """Which rows are ticked, and what a deletion would take."""

    ids: list[str] = []
    has_failed: bool = False
    is_asking: bool = False
    doomed_ids: list[str] = []
    doomed_names: list[str] = []
    doomed_passages: int = 0
    is_busy: bool = False

    @rx.event
    async def toggle(self, document_id: str) -> None:
        """Tick or untick one row."""
        chosen = [other for other in self.ids if other != document_id]
        await self._choose(chosen if len(chosen) < len(self.ids) else [*chosen, document_id][-PAGE_SIZE:])

    @rx.event
    async def toggle_all(self) -> None:
        """Tick every row of the page, or none when all are ticked."""
        shown = [row.id for row in (await self.get_state(LibraryState)).rows]
        await self._choose([] if set(shown) <= set(self.ids) else shown)

    @rx.event
    def clear(self) -> None:
        """Untick everything."""
        self.ids = []

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def ask_about_selected(self) -> EventSpec | None:
        """Ask before the ticked documents are deleted."""
        return await self._ask(list(self.ids))

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def ask_about(self, document_id: str) -> EventSpec | None:
        """Ask before one document is deleted."""
        return await self._ask([document_id])

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Open or close the question."""
        self.is_asking = is_asking and bool(self.doomed_ids)

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def delete(self) -> list[EventSpec]:
        """Delete what the question named."""
        scope, doomed = await current_scope(self), list(self.doomed_ids)
        self.is_asking, self.doomed_ids = False, []
        (await self.get_state(LibraryState))._take_away(set(doomed))
        (await self.get_state(TrayState))._forget(set(doomed))
        self.ids = [document_id for document_id in self.ids if document_id not in doomed]
        failures = await _delete_all(scope, doomed)
        language = (await self.get_state(LanguageState)).language
        return [_told_of_deletions(len(doomed), failures, language), LibraryState.load()]

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def retry_selected(self) -> list[EventSpec]:
        """Process the ticked documents that failed once more."""
        failed = await self._failed_among(self.ids)
        self.ids = []
        return await self._retry(failed)

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def retry(self, document_id: str) -> list[EventSpec]:
        """Process one document that failed once more."""
        return await self._retry([document_id])

    async def _choose(self, document_ids: list[str]) -> None:
        self.ids = document_ids
        self.has_failed = bool(await self._failed_among(document_ids))

    async def _failed_among(self, document_ids: list[str]) -> list[str]:
        rows = (await self.get_state(LibraryState)).rows
        return [row.id for row in rows if row.id in document_ids and row.status == DocumentStatus.FAILED]

    async def _ask(self, document_ids: list[str]) -> EventSpec | None:
        scope = await current_scope(self)
        try:
            views = [await current().documents.get(scope, DocumentId(each)) for each in document_ids[:PAGE_SIZE]]
        except RagAppError as error:
            return feedback.show(error, (await self.get_state(LanguageState)).language)
        self.doomed_ids = [view.id for view in views]
        self.doomed_names = [view.title for view in views[:_NAMES_SHOWN]]
        self.doomed_passages = sum(view.chunk_count for view in views)
        self.is_asking = bool(views)
        return None

    async def _retry(self, document_ids: list[str]) -> list[EventSpec]:
        scope, language = await current_scope(self), (await self.get_state(LanguageState)).language
        failures = await retry_documents(scope, document_ids)
        return [told_of_retries(len(document_ids), failures, language), LibraryState.load()]


async def _delete_all(scope: TenantScope, document_ids: list[str]) -> list[RagAppError]:
    """Delete each document and return why some could not be; one that is gone already is no failure."""
    failures = []
    for document_id in document_ids:
        try:
            await current().documents.delete(scope, DocumentId(document_id))
        except NotFound:
            continue
        except RagAppError as error:
            failures.append(error)
    return failures


def _told_of_deletions(count: int, failures: list[RagAppError], language: str) -> EventSpec:
    if failures and len(failures) == count:
        return feedback.show(failures[-1], language)
    reason = feedback.message_for(failures[-1], language) if failures else ""
    done = translate_plural(language, "{n} document deleted", "{n} documents deleted", count - len(failures))
    failed = translate_plural(language, "{n} stayed: {reason}", "{n} stayed: {reason}", len(failures), reason=reason)
    return feedback.outcome(count - len(failures), len(failures), done=done, failed=failed)
