"""Archives for tests, and a reader of them without a sandbox."""

import io
import zipfile
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from ragapp.core.errors import ParseFailed
from ragapp.core.lifecycle import ARCHIVE_TYPE
from ragapp.rag.types import ArchiveMember


def make_zip(members: Mapping[str, str | bytes]) -> bytes:
    """Return an archive of those files, in that order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class MemoryArchiveReader:
    """Implements `rag.ports.ArchiveReader`; a member whose name says so is damaged or has a problem.

    In a file of another type, an archive stands behind its text.
    """

    async def list_members(self, path: Path, *, content_type: str = ARCHIVE_TYPE) -> tuple[ArchiveMember, ...]:
        with zipfile.ZipFile(path) as archive:
            return tuple(
                ArchiveMember(number, info.filename, info.file_size, "link" if "link" in info.filename else "")
                for number, info in enumerate(archive.infolist())
            )

    async def stream(
        self, path: Path, member: ArchiveMember, *, content_type: str = ARCHIVE_TYPE
    ) -> AsyncGenerator[bytes]:
        with zipfile.ZipFile(path) as archive:
            content = archive.read(archive.infolist()[member.number])
        yield content[:10]
        if "damaged" in member.name:
            raise ParseFailed
        yield content[10:]
