"""What Word, Excel and PowerPoint files share: an archive of XML parts that point at each other by relationships."""

import posixpath
import re
from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.document_notes import NoteCode
from ragapp.core.errors import EncryptedFile, ParseFailed

_OLE_START = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True, slots=True)
class Relationship:
    """One pointer of a part: the last word of its type (`slide`, `notesSlide` …) and the member it points at."""

    id: str
    kind: str
    target: str


def open_package(data: bytes, limits: ParseLimits, main_part: re.Pattern[str]) -> tuple[BoundedArchive, str]:
    """Return the archive of an Office file and the name of its main part.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged or has no such part.
        DocumentTooComplex: it states sizes over the limits.
    """
    if data.startswith(_OLE_START):
        raise EncryptedFile
    archive = BoundedArchive(data, limits)
    found = next((name for name in sorted(archive.names()) if main_part.fullmatch(name)), None)
    if found is None:
        raise ParseFailed
    return archive, found


def read_relationships(archive: BoundedArchive, part: str) -> list[Relationship]:
    """Return the pointers of a part to other members; none if it has no relationships."""
    folder, name = posixpath.split(part)
    reader = _Relationships(folder)
    read_xml(archive.stream(f"{folder}/_rels/{name}.rels"), reader)
    return reader.found


def note_macros(builder: TextBuilder, archive: BoundedArchive) -> None:
    """Say that a file holds program code: it is neither run nor read."""
    count = sum(name.lower().endswith("vbaproject.bin") for name in archive.names())
    if count:
        builder.add_note(NoteCode.MACROS_LEFT_OUT, count)


def read_title(archive: BoundedArchive, part: str) -> str:
    """Return the title that a properties part states, or nothing."""
    reader = _Title()
    read_xml(archive.stream(part), reader)
    return "".join(reader.pieces)


@dataclass(slots=True)
class _Relationships:
    """Reads a `.rels` part; targets are relative to the folder of the part they belong to, or absolute."""

    folder: str
    found: list[Relationship] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", self.folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found.append(Relationship(attributes.get("Id", ""), kind, target.lstrip("/")))

    def end(self, name: str) -> None:
        """Relationships do not nest."""

    def text(self, data: str) -> None:
        """Relationships hold no text."""


@dataclass(slots=True)
class _Title:
    """Reads the first `title` of a properties part."""

    pieces: list[str] = field(default_factory=list)
    _in_title: bool = False

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002 - one shape for every reader
        self._in_title = name == "title"

    def end(self, name: str) -> None:  # noqa: ARG002
        self._in_title = False

    def text(self, data: str) -> None:
        if self._in_title:
            self.pieces.append(data)
