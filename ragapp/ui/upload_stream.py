"""One file out of an upload stream: its bytes counted and reported while they pass."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import reflex as rx

REPORT_EVERY_S = 0.3

Report = Callable[[int], Awaitable[None]]


class IncomingFile:
    """The first file of an upload. `name` is the browser's name without folders; `content` can be read once."""

    def __init__(self, chunks: rx.UploadChunkIterator, report: Report) -> None:
        self._chunks = chunks
        self._report = report
        self._first: bytes = b""
        self._received_bytes = 0
        self._reported_at = time.monotonic()
        self.name = ""
        self.content_type = ""

    async def begin(self) -> bool:
        """Wait for the first chunk, which carries the name; return whether there is one."""
        async for chunk in self._chunks:
            self.name = chunk.filename.rpartition("/")[2]
            self.content_type = chunk.content_type
            self._first = chunk.data
            return True
        return False

    async def content(self) -> AsyncIterator[bytes]:
        """Yield the file's bytes and report how many came, a few times a second."""
        yield self._first
        self._received_bytes = len(self._first)
        async for chunk in self._chunks:
            yield chunk.data
            self._received_bytes += len(chunk.data)
            await self._tell()

    async def drain(self) -> None:
        """Read and drop the rest: an answer before the end of a request body looks like a network failure."""
        async for _ in self._chunks:
            pass

    async def _tell(self) -> None:
        now = time.monotonic()
        if now - self._reported_at >= REPORT_EVERY_S:
            self._reported_at = now
            await self._report(self._received_bytes)
