"""Reading a file as an upload is read: identified, then parsed or unpacked, under the sandbox that is deployed."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import psutil

from ragapp.adapters.parsers.archive_reader import SandboxedArchiveReader
from ragapp.adapters.parsers.formats import ZIP
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.errors import IngestionFailed, InvalidInput


@dataclass(frozen=True)
class Ending:
    """How it ended: the code of the reason, empty where everything was read, and how long that took."""

    reason: str
    elapsed_s: float
    message: str = ""


class Reader:
    """Identifies and reads files. `limits` hold for each step."""

    def __init__(self, sandbox: Sandbox, limits: ParseLimits) -> None:
        self._parser = SandboxedParser(sandbox, limits)
        self._archives = SandboxedArchiveReader(sandbox, limits)

    async def read(self, path: Path, filename: str, declared: str = "") -> Ending:
        begun_at = time.monotonic()
        try:
            kind = await self._parser.identify(path, filename=filename, declared_type=declared or None)
            reason = await self._unpack(path) if kind == ZIP else await self._parse(path, kind)
            return Ending(reason, time.monotonic() - begun_at)
        except (IngestionFailed, InvalidInput) as error:
            return Ending(error.code, time.monotonic() - begun_at, error.user_message)

    async def _parse(self, path: Path, kind: str) -> str:
        document = await self._parser.parse(path, content_type=kind)
        assert all(0 <= page.start <= page.end <= len(document.text) for page in document.pages)
        assert document.text.strip() or document.attachment_count
        return await self._unpack(path, kind) if document.attachment_count else ""

    async def _unpack(self, path: Path, kind: str = ZIP) -> str:
        """Unpack what can be; the reason is that of a member that cannot."""
        members = await self._archives.list_members(path, content_type=kind)
        reasons = [member.problem or await self._unpack_member(path, member, kind) for member in members]
        return next(filter(None, reasons), "")

    async def _unpack_member(self, path: Path, member: object, kind: str) -> str:
        size = 0
        try:
            async with aclosing(self._archives.stream(path, member, content_type=kind)) as pieces:  # type: ignore[arg-type]
                async for piece in pieces:
                    size += len(piece)
        except (IngestionFailed, InvalidInput) as error:
            return error.code
        assert size == member.size_bytes  # type: ignore[attr-defined]
        return ""


class PeakMemory:
    """Watches how much memory this process comes to hold while a block runs."""

    async def __aenter__(self) -> "PeakMemory":
        self._process = psutil.Process()
        self._before = self._peak = self._process.memory_info().rss
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        self._peak = max(self._peak, self._process.memory_info().rss)

    @property
    def growth_bytes(self) -> int:
        return self._peak - self._before

    async def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, self._process.memory_info().rss)
            await asyncio.sleep(0.02)
