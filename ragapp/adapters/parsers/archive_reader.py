"""Archives of files, unpacked member by member in confined processes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from ragapp.adapters.parsers import wire
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.adapters.parsers.wire import Job, Request
from ragapp.core.file_types import ZIP
from ragapp.rag.types import ArchiveMember


class SandboxedArchiveReader:
    """`rag.ports.ArchiveReader` for ZIP."""

    def __init__(self, sandbox: Sandbox, limits: ParseLimits) -> None:
        self._sandbox = sandbox
        self._limits = limits

    async def list_members(self, path: Path) -> tuple[ArchiveMember, ...]:
        """Return the files of an archive; see `rag.ports.ArchiveReader.list_members`."""
        return wire.unpack_members(await self._sandbox.run(path, Request(ZIP, self._limits, Job.LIST_MEMBERS)))

    async def stream(self, path: Path, member: ArchiveMember) -> AsyncGenerator[bytes]:
        """Yield one member unpacked; see `rag.ports.ArchiveReader.stream`."""
        request = Request(ZIP, self._limits, Job.READ_MEMBER, member.number)
        # An error reply at the end counts too.
        limit_bytes = min(member.size_bytes, self._limits.archive_entry_bytes) + 64 * 1024
        async with aclosing(self._sandbox.stream(path, request, limit_bytes=limit_bytes)) as pieces:
            async for piece in pieces:
                yield piece
