"""What OpenDocument files share: the package, headers and footers, and the objects that are embedded in them."""

import posixpath
from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.formulas import FormulaReader
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.table_writer import TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.document_notes import NoteCode
from ragapp.core.errors import EncryptedFile, ParseFailed

CONTENT = "content.xml"
_MAX_REPEATED_CELLS = 8
_HEADERS = frozenset({"header", "header-left", "header-first"})
_FOOTERS = frozenset({"footer", "footer-left", "footer-first"})
PAGE_FIELDS = frozenset({"page-number", "page-count"})
"""Fields whose text is of the page, not of the document."""


def open_document(data: bytes, limits: ParseLimits) -> BoundedArchive:
    """Return the archive of an OpenDocument file.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive = BoundedArchive(data, limits)
    manifest = _Manifest()
    read_xml(archive.stream("META-INF/manifest.xml"), manifest)
    if manifest.encrypted:
        raise EncryptedFile
    if CONTENT not in archive.names():
        raise ParseFailed
    return archive


def note_macros(builder: TextBuilder, archive: BoundedArchive) -> None:
    """Say that a file holds program code: it is neither run nor read."""
    count = sum(
        name.startswith(("Basic/", "Scripts/")) and name.endswith((".xml", ".py", ".js", ".bsh"))
        for name in archive.names()
        if not name.endswith(("script-lc.xml", "script-lb.xml"))
    )
    if count:
        builder.add_note(NoteCode.MACROS_LEFT_OUT, count)


def count_of(attributes: Attributes, name: str, most: int) -> int:
    """Return a number that an attribute states, from 1 to `most`; 1 where it states none."""
    stated = attributes.get(name, "1")
    return max(1, min(int(stated), most)) if stated.isdecimal() and len(stated) < 8 else 1


@dataclass(slots=True)
class _Manifest:
    """Reads META-INF/manifest.xml."""

    encrypted: bool = False

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002 - one shape for every reader
        self.encrypted = self.encrypted or name == "encryption-data"

    def end(self, name: str) -> None:
        """Nothing waits for an end."""

    def text(self, data: str) -> None:
        """The manifest holds no text."""


@dataclass(slots=True)
class Furniture:
    """Reads styles.xml: headers and footers, each text once; those that hold no words are left out."""

    headers: dict[str, None] = field(default_factory=dict)
    footers: dict[str, None] = field(default_factory=dict)
    _kind: str = ""
    _pieces: list[str] = field(default_factory=list)
    _depth: int = 0
    _skip_depth: int = 0

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002 - one shape for every reader
        """Take in one element."""
        if self._skip_depth or name in PAGE_FIELDS:
            self._skip_depth += 1
        elif name in _HEADERS | _FOOTERS:
            self._kind = name
        elif self._kind and name == "p":
            self._depth += 1
        elif self._kind and name in {"s", "tab", "line-break"}:
            self._pieces.append(" ")

    def end(self, name: str) -> None:
        """Leave an element."""
        if self._skip_depth:
            self._skip_depth -= 1
        elif self._kind and name == "p":
            self._depth -= 1
            text, self._pieces = clean_inline("".join(self._pieces)), []
            if any(map(str.isalpha, text)):
                (self.headers if self._kind in _HEADERS else self.footers)[text] = None
        elif name == self._kind:
            self._kind = ""

    def text(self, data: str) -> None:
        """Take in character data."""
        if self._depth and not self._skip_depth:
            self._pieces.append(data)


def read_furniture(archive: BoundedArchive) -> Furniture:
    """Return the headers and footers of a document."""
    furniture = Furniture()
    read_xml(archive.stream("styles.xml"), furniture)
    return furniture


class EmbeddedObject:
    """Reads an object inside a document: a formula, or a chart with its title and the table it was drawn from."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.rows: list[list[str]] = []
        self._formula: FormulaReader | None = None
        self._pieces: list[str] = []
        self._depth = 0
        self._repeated = 1
        self.formula = ""

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in one element."""
        if self._formula is not None:
            self._formula.start(name, attributes)
        elif name == "math":
            self._formula = FormulaReader()
        elif name == "p":
            self._depth += 1
        elif name == "table-row":
            self.rows.append([])
        elif name == "table-cell":
            self._pieces, self._repeated = [], count_of(attributes, "number-columns-repeated", _MAX_REPEATED_CELLS)
        elif name in {"title", "subtitle"}:
            self._pieces = []

    def end(self, name: str) -> None:
        """Leave an element."""
        if self._formula is not None:
            if name == "math":
                self.formula, self._formula = self._formula.take(), None
            else:
                self._formula.end(name)
        elif name == "p":
            self._depth -= 1
        elif name == "table-cell" and self.rows:
            self.rows[-1].extend([clean_inline("".join(self._pieces))] * self._repeated)
        elif name in {"title", "subtitle"}:
            self.titles.append(clean_inline("".join(self._pieces)))

    def text(self, data: str) -> None:
        """Take in character data."""
        if self._formula is not None:
            self._formula.text(data)
        elif self._depth:
            self._pieces.append(data)

    def add_to(self, builder: TextBuilder) -> None:
        """Add a chart to a document, or a note that it says nothing."""
        before = builder.save()
        for title in self.titles:
            builder.add_paragraph(title)
        table = TableWriter(builder)
        for number, row in enumerate(self.rows):
            table.add_row(row, is_header=number == 0)
        table.end()
        if not builder.has_letters_since(before):
            builder.add_note(NoteCode.CHARTS_WITHOUT_TEXT)


def read_object(archive: BoundedArchive, reference: str) -> EmbeddedObject | None:
    """Return an embedded object by the reference to its folder; None if it is not there, or damaged."""
    part = posixpath.normpath(f"{reference}/{CONTENT}")
    if part not in archive.names():
        return None
    found = EmbeddedObject()
    try:
        read_xml(archive.stream(part), found)
    except ParseFailed:  # the object alone is lost, not the document around it
        return None
    return found
