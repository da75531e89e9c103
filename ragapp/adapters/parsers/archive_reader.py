"""Files inside files, taken out one by one in confined processes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from ragapp.adapters.parsers import wire
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.adapters.parsers.wire import Job, Request
from ragapp.core.lifecycle import ARCHIVE_TYPE
from ragapp.rag.types import ArchiveMember


class SandboxedArchiveReader:
    """`rag.ports.ArchiveReader` for archives and for documents with files inside them."""

    def __init__(self, sandbox: Sandbox, limits: ParseLimits) -> None:
        self._sandbox = sandbox
        self._limits = limits

    async def list_members(self, path: Path, *, content_type: str = ARCHIVE_TYPE) -> tuple[ArchiveMember, ...]:
        """Return the files of an archive; see `rag.ports.ArchiveReader.list_members`."""
        request = Request(content_type, self._limits, Job.LIST_MEMBERS)
        return wire.unpack_members(await self._sandbox.run(path, request))

    async def stream(
        self, path: Path, member: ArchiveMember, *, content_type: str = ARCHIVE_TYPE
    ) -> AsyncGenerator[bytes]:
        """Yield one member unpacked; see `rag.ports.ArchiveReader.stream`."""
        request = Request(content_type, self._limits, Job.READ_MEMBER, member.number)
        # An error reply at the end counts too.
        limit_bytes = min(member.size_bytes, self._limits.archive_entry_bytes) + 64 * 1024
        async with aclosing(self._sandbox.stream(path, request, limit_bytes=limit_bytes)) as pieces:
            async for piece in pieces:
                yield piece
