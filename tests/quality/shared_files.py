"""Reading the files that lie beside the checkout as the product reads them."""

from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ragapp.adapters.parsers.archive_reader import SandboxedArchiveReader
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.core.lifecycle import ARCHIVE_TYPE
from ragapp.rag.types import ParsedDocument

SHARED = Path(__file__).resolve().parents[3] / "shared"


@dataclass(frozen=True)
class ReadFile:
    """A file and what was read of it; `attachments` are the files inside it."""

    name: str
    document: ParsedDocument
    attachments: tuple["ReadFile", ...] = ()

    def texts(self) -> list[str]:
        """Return its text and those of the files inside it."""
        return [self.document.text, *(text for attached in self.attachments for text in attached.texts())]


class FileReader:
    """Identifies and parses files, and the files inside them, in the sandbox."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(concurrent_count=1, idle_s=60)
        self._parser = SandboxedParser(self._sandbox, ParseLimits())
        self._archives = SandboxedArchiveReader(self._sandbox, ParseLimits())

    async def read(self, path: Path, name: str = "") -> ReadFile:
        """Read one file.

        Raises:
            IngestionFailed, InvalidInput: it, or a file inside it, cannot be read.
        """
        name = name or path.name
        kind = await self._parser.identify(path, filename=name, declared_type=None)
        document = ParsedDocument("")
        if kind != ARCHIVE_TYPE:
            document = await self._parser.parse(path, content_type=kind)
            if not document.attachment_count:
                return ReadFile(name, document)
        return ReadFile(name, document, await self._read_members(path, kind))

    async def _read_members(self, path: Path, kind: str) -> tuple[ReadFile, ...]:
        read = []
        with TemporaryDirectory() as folder:
            for member in await self._archives.list_members(path, content_type=kind):
                file = Path(folder) / str(member.number)
                with file.open("wb") as written:
                    async with aclosing(self._archives.stream(path, member, content_type=kind)) as pieces:
                        async for piece in pieces:
                            written.write(piece)
                read.append(await self.read(file, member.name))
        return tuple(read)

    def close(self) -> None:
        """End the sandbox."""
        self._sandbox.close()
