"""Taking files in. The browser sends them itself (`assets/js/uploads.js`) and tells what became of each."""

from collections.abc import AsyncIterator, Sequence
from typing import NotRequired, TypedDict

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import EmptyFile, FileTooLarge, RagAppError
from ragapp.core.ids import DocumentId, TaskId
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.ui.access import requires
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.retries import told_of_retries
from ragapp.ui.states.tray import TrayState
from ragapp.ui.states.tray_end import say_end
from ragapp.ui.states.tray_items import CANCELLED, DUPLICATE, FAILED, QUEUED, UNSENT, UPLOADING, WAITING, TrayItem

_TOLD = frozenset({WAITING, UPLOADING, QUEUED, DUPLICATE, CANCELLED, FAILED})
_MOST_NEWS = 1000
_CLOSED_TO_NEWS = frozenset({QUEUED, DUPLICATE})

_RETELL = rx.call_script("window.ragappUploads?.retell()")


class FileNews(TypedDict):
    """What the browser says of one file: its own key for it, name, size in bytes, and how far sending has come."""

    key: str
    name: str
    size: int
    phase: NotRequired[str | None]
    percent: NotRequired[int | None]
    document_id: NotRequired[str | None]
    error_code: NotRequired[str | None]
    can_resend: NotRequired[bool | None]


class UploadState(rx.State):
    """The way in for files; what came of them is shown by `TrayState`."""

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def tell(self, news: list[FileNews]) -> list[EventSpec]:
        """Show files that were chosen and how far sending has come; what the server took is followed from then on."""
        tray = await self.get_state(TrayState)
        items = [_item(told) for told in news[:_MOST_NEWS]]
        # An empty tray may be that of a server that restarted meanwhile: the browser knows what was in it.
        retell = [] if tray._all or not items else [_RETELL]
        tray._add(items)
        open_keys = {item.key for item in tray._all if not item.document_id}
        tray._change({item.key: _sending(item) for item in items if item.key in open_keys})
        library = await self.get_state(LibraryState)
        is_new_there = any(item.phase in _CLOSED_TO_NEWS for item in items)
        follow = [LibraryState.load() if library._is_here() else LibraryState.follow()] if is_new_there else []
        return [*retell, *follow, *say_end(tray, (await self.get_state(LanguageState)).language)]

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def resume(self, numbers: list[str]) -> list[EventSpec]:
        """Say of files that the browser does not hold any more (it was reloaded) that they were not sent.

        Args:
            numbers: The keys of the files it still holds.
        """
        tray, held = await self.get_state(TrayState), set(numbers)
        lost = [item.key for item in tray._all if item.phase in (WAITING, UPLOADING) and item.key not in held]
        tray._change({key: {"phase": UNSENT, "percent": 0, "can_resend": False} for key in lost})
        tray.is_paused = tray.is_paused and bool(held)
        retell = [_RETELL] if held - tray._by_key().keys() else []
        return [*retell, LibraryState.follow()] if tray._unfinished_documents() else retell

    @rx.event(background=True)
    @requires(Permission.WRITE_DOCUMENTS)
    async def cancel(self, key: str) -> AsyncIterator[list[EventSpec]]:
        """Stop the processing of a file that has been sent; one on its way is stopped by the browser."""
        async with self:
            scope = await current_scope(self)
            item = (await self.get_state(TrayState))._find(key)
        if item is not None:
            await _stop_work(scope, [item])
        yield [LibraryState.load()]

    @rx.event(background=True)
    @requires(Permission.WRITE_DOCUMENTS)
    async def cancel_all(self) -> AsyncIterator[list[EventSpec]]:
        """Stop the processing of everything in the tray that is not finished."""
        async with self:
            scope = await current_scope(self)
            items = list((await self.get_state(TrayState))._all)
        await _stop_work(scope, items)
        yield [LibraryState.load()]

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def retry(self, key: str) -> list[EventSpec]:
        """Process a file again that was sent and failed."""
        item = (await self.get_state(TrayState))._find(key)
        return await self._retry([item] if item is not None else [])

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def retry_failed(self) -> list[EventSpec]:
        """Process every file again that was sent and failed."""
        return await self._retry((await self.get_state(TrayState))._all)

    async def _retry(self, items: Sequence[TrayItem]) -> list[EventSpec]:
        scope, tray = await current_scope(self), await self.get_state(TrayState)
        failed = [item for item in items if item.phase == FAILED and item.document_id]
        again, failures = [], []
        for item in failed:
            try:
                await current().documents.retry(scope, DocumentId(item.document_id))
                again.append(item.key)
            except RagAppError as error:
                failures.append(error)
        tray._reopen(again, phase=QUEUED)
        if not failures:
            return [LibraryState.load()]
        language = (await self.get_state(LanguageState)).language
        return [told_of_retries(len(failed), failures, language), LibraryState.load()]


async def _stop_work(scope: TenantScope, items: Sequence[TrayItem]) -> None:
    for item in items:
        if not item.document_id or item.is_at_rest:
            continue
        try:
            task = await current().tasks.latest_for_document(scope, DocumentId(item.document_id))
            if task is not None:
                await current().tasks.cancel(scope, TaskId(task.id))
        except RagAppError:
            continue  # gone or finished meanwhile: the tray shows what became of it


def _item(told: FileNews) -> TrayItem:
    # The key goes back into scripts: letters and digits only.
    key = "".join(character for character in str(told["key"])[:40] if character.isalnum() and character.isascii())
    name, size = str(told["name"])[:255], max(0, int(told["size"]))
    phase, code = str(told.get("phase") or WAITING), str(told.get("error_code") or "")[:64]
    if size > current().bounds.max_upload_bytes:
        phase, code = FAILED, FileTooLarge.code
    if size == 0:
        phase, code = FAILED, EmptyFile.code
    return TrayItem(
        key=key,
        name=name,
        size_bytes=size,
        phase=phase if phase in _TOLD else WAITING,
        percent=min(100, max(0, int(told.get("percent") or 0))),
        document_id=str(told.get("document_id") or "")[:32],
        error_code=code,
        can_resend=bool(told.get("can_resend")),
    )


def _sending(item: TrayItem) -> dict[str, str | int | bool]:
    return {
        "phase": item.phase,
        "percent": 0 if item.phase == QUEUED else item.percent,
        "document_id": item.document_id,
        "error_code": item.error_code,
        "can_resend": item.can_resend,
    }
