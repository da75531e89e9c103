"""Taking files in: one streamed request per file, told apart by a key the page made up."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypedDict

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import EmptyFile, FileTooLarge, RagAppError
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.ui.access import requires
from ragapp.ui.session import current_scope
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.tray import CANCELLED, DUPLICATE, FAILED, MAX_ITEMS, UPLOADING, TrayItem, TrayState
from ragapp.ui.upload_stream import IncomingFile

_ENDED_IN_TIME = frozenset({UPLOADING, "waiting"})


class ChosenFile(TypedDict):
    """A file as the browser announces it before sending: its own key, name and size in bytes."""

    key: str
    name: str
    size: int


class UploadState(rx.State):
    """The way in for files; what came of them is shown by `TrayState`."""

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def announce(self, files: list[ChosenFile]) -> None:
        """Show the chosen files at once; the page does not send what is refused here by size."""
        tray = await self.get_state(TrayState)
        announced = [_announced(file) for file in files[:MAX_ITEMS]]
        tray._show([*tray.items, *(item for item in announced if tray._find(item.key) is None)])
        tray.is_collapsed = False

    @rx.event(background=True)
    @requires(Permission.WRITE_DOCUMENTS)
    async def receive(self, chunks: rx.UploadChunkIterator, key: str) -> AsyncIterator[list[EventSpec]]:
        """Store one file while it arrives, then follow its processing."""
        file = IncomingFile(chunks, lambda received: _report(self, key, received))
        try:
            if await file.begin():
                await _store(self, key, file)
        except RagAppError as error:
            await _change(self, key, phase=FAILED, percent=0, error_code=error.code)
            await file.drain()
        except asyncio.CancelledError:
            await _change(self, key, phase=CANCELLED, percent=0)
            raise
        yield [LibraryState.load()]

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def cancel(self, key: str) -> EventSpec | None:
        """Stop sending a file."""
        tray = await self.get_state(TrayState)
        item = tray._find(key)
        if item is None or item.phase not in _ENDED_IN_TIME:
            return None
        tray._change(key, phase=CANCELLED, percent=0)
        return rx.cancel_upload(item.key)


def _announced(file: ChosenFile) -> TrayItem:
    # The key goes back into a script that stops the upload: letters and digits only.
    key = "".join(character for character in str(file["key"])[:40] if character.isalnum())
    name, size = str(file["name"])[:255], int(file["size"])
    if size > current().bounds.max_upload_bytes:
        return TrayItem(key, name, size, phase=FAILED, error_code=FileTooLarge.code)
    if size == 0:
        return TrayItem(key, name, size, phase=FAILED, error_code=EmptyFile.code)
    return TrayItem(key, name, size)


async def _store(state: UploadState, key: str, file: IncomingFile) -> None:
    async with state:
        scope = await current_scope(state)
        tray = await state.get_state(TrayState)
        tray._ensure(key, file.name)
        tray._change(key, phase=UPLOADING)
    result = await current().documents.upload(
        scope, file.content(), filename=file.name, declared_type=file.content_type or None
    )
    phase = DUPLICATE if result.duplicate else DocumentStatus.QUEUED.value
    await _change(state, key, phase=phase, percent=0, document_id=result.document.id)


async def _report(state: UploadState, key: str, received_bytes: int) -> None:
    async with state:
        tray = await state.get_state(TrayState)
        item = tray._find(key)
        if item is not None and item.size_bytes:
            tray._change(key, phase=UPLOADING, percent=min(99, received_bytes * 100 // item.size_bytes))


async def _change(state: UploadState, key: str, **values: str | int) -> None:
    async with state:
        (await state.get_state(TrayState))._change(key, **values)
