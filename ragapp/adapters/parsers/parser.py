"""Reading documents without loading a single parser library into the serving process."""

import asyncio
from pathlib import Path

from ragapp.adapters.parsers import wire
from ragapp.adapters.parsers.formats import get_format
from ragapp.adapters.parsers.identification import identify_file
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.adapters.parsers.wire import Request
from ragapp.rag.types import ParsedDocument

_LARGE_BODY_BYTES = 256 * 1024


class SandboxedParser:
    """`rag.ports.Parser`: types by content, text from a confined child process."""

    def __init__(self, sandbox: Sandbox, limits: ParseLimits) -> None:
        self._sandbox = sandbox
        self._limits = limits

    async def identify(self, path: Path, *, filename: str, declared_type: str | None) -> str:
        """Return the media type of a file; see `rag.ports.Parser.identify`. Reads at most the ends of the file."""
        return await asyncio.to_thread(identify_file, path, filename=filename, declared_type=declared_type)

    async def parse(self, path: Path, *, content_type: str) -> ParsedDocument:
        """Extract text, pages and headings; see `rag.ports.Parser.parse`."""
        get_format(content_type)
        reply = await self._sandbox.run(path, Request(content_type, self._limits))
        if len(reply.body) < _LARGE_BODY_BYTES:
            return wire.unpack_document(reply)
        return await asyncio.to_thread(wire.unpack_document, reply)

    async def close(self) -> None:
        """End the sandbox's processes; the next `parse` starts new ones."""
        await asyncio.to_thread(self._sandbox.close)
