"""ODT: OpenDocument text read as a stream, with headings, lists, tables and the pages last laid out."""

from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_package import read_title
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.errors import EncryptedFile, ParseFailed
from ragapp.rag.types import ParsedDocument

_CONTENT = "content.xml"
_SKIPPED = frozenset({"tracked-changes", "annotation", "note-citation", "desc", "forms", "ruby-text", "binary-data"})
_PARAGRAPHS = frozenset({"p", "h"})
_PAGE_BREAK = "\f"
# A spreadsheet repeats its last empty cell to the edge of the sheet; this is as far as a reader looks.
_MAX_REPEATED_CELLS = 8
_MAX_LEVEL = 9


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of an OpenDocument text: paragraphs, headings, lists as "- a", table rows as "a | b".

    Pages come from where the program last broke them, if it wrote that down; else there are none.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive = BoundedArchive(data, limits)
    manifest = _Manifest()
    read_xml(archive.stream("META-INF/manifest.xml"), manifest)
    if manifest.encrypted:
        raise EncryptedFile
    if _CONTENT not in archive.names():
        raise ParseFailed
    body = _Body(TextBuilder(limits))
    read_xml(archive.stream(_CONTENT), body)
    return body.builder.build(read_title(archive, "meta.xml"))


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
class _Paragraph:
    """A paragraph or, with a level, a heading being read; page breaks stand in `pieces` as form feeds."""

    level: int = 0
    pieces: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    """A table being read: the cells of its current row, with the rows each covers, and how often the last repeats."""

    writer: TableWriter
    cells: list[list[str]] = field(default_factory=list)
    heights: list[int] = field(default_factory=list)
    repeated: int = 1
    in_header: bool = False


class _Body:
    """Reads content.xml. Notes and frames nest paragraphs in paragraphs, and cells nest tables: both are stacks."""

    def __init__(self, builder: TextBuilder) -> None:
        self.builder = builder
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[_Table] = []
        self._skip_depth = 0
        self._list_depth = 0
        self._item_opened = False
        self._first_item = True

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skip_depth or name in _SKIPPED:
            self._skip_depth += 1
        elif name in _PARAGRAPHS:
            self._paragraphs.append(_Paragraph(_level(attributes) if name == "h" else 0))
        elif name == "soft-page-break" and not self._paragraphs and not self._tables:
            self.builder.break_page()
        elif self._paragraphs and name in {"s", "tab", "line-break", "soft-page-break"}:
            self._paragraphs[-1].pieces.append(_PAGE_BREAK if name == "soft-page-break" else " ")
        else:
            self._start_structure(name, attributes)

    def end(self, name: str) -> None:
        if self._skip_depth:
            self._skip_depth -= 1
        elif name in _PARAGRAPHS and self._paragraphs:
            self._end_paragraph(self._paragraphs.pop())
        elif name == "table-cell" and self._tables and self._tables[-1].cells:
            table = self._tables[-1]
            table.cells.extend([table.cells[-1]] * (table.repeated - 1))
            table.heights.extend([table.heights[-1]] * (table.repeated - 1))
        elif name == "table-row" and self._tables:
            self._end_row()
        elif name == "table-header-rows" and self._tables:
            self._tables[-1].in_header = False
        elif name == "table" and self._tables:
            self._tables.pop().writer.end()
        elif name == "list":
            self._list_depth -= 1

    def text(self, data: str) -> None:
        if not self._skip_depth and self._paragraphs:
            self._paragraphs[-1].pieces.append(data)

    def _start_structure(self, name: str, attributes: Attributes) -> None:
        match name:
            case "table":
                self._tables.append(_Table(TableWriter(self.builder, has_covered=True)))
            case "table-header-rows" if self._tables:
                self._tables[-1].in_header = True
            case "table-cell" | "covered-table-cell" if self._tables:
                self._tables[-1].cells.append([])
                self._tables[-1].heights.append(_rows_spanned(attributes))
                self._tables[-1].repeated = _repeated(attributes)
            case "list":
                self._first_item = self._first_item if self._list_depth else True
                self._list_depth += 1
            case "list-item":
                self._item_opened = True

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text, *after_breaks = "".join(paragraph.pieces).split(_PAGE_BREAK)
        whole = text + "".join(after_breaks)
        if self._tables:
            if self._tables[-1].cells:
                self._tables[-1].cells[-1].append(whole)
            return
        self._add(paragraph, whole)
        for number in range(len(after_breaks)):
            self.builder.break_page(before_chars=len(clean_inline("".join(after_breaks[number:]))))

    def _add(self, paragraph: _Paragraph, text: str) -> None:
        if not text.strip():
            return
        if paragraph.level:
            self.builder.add_heading(paragraph.level, text)
        elif self._list_depth and self._item_opened:
            self.builder.add_row(f"- {text}", first=self._first_item)
            self._first_item = self._item_opened = False
        else:
            self.builder.add_paragraph(text)

    def _end_row(self) -> None:
        table = self._tables[-1]
        texts, heights = [clean_inline(" ".join(cell)) for cell in table.cells], table.heights
        table.cells, table.heights = [], []
        outer = self._tables[-2].cells if len(self._tables) > 1 else []
        if not any(texts):
            return
        if outer:
            outer[-1].append(" | ".join(texts).rstrip(" |"))
        else:
            cells = [Cell(text, rows=rows) for text, rows in zip(texts, heights, strict=True)]
            table.writer.add_row(cells, is_header=table.in_header)


def _level(attributes: Attributes) -> int:
    stated = attributes.get("outline-level", "1")
    return min(int(stated), _MAX_LEVEL) if stated.isdecimal() and len(stated) < 6 else 1


def _rows_spanned(attributes: Attributes) -> int:
    stated = attributes.get("number-rows-spanned", "1")
    return max(1, int(stated)) if stated.isdecimal() and len(stated) < 6 else 1


def _repeated(attributes: Attributes) -> int:
    stated = attributes.get("number-columns-repeated", "1")
    return max(1, min(int(stated), _MAX_REPEATED_CELLS)) if stated.isdecimal() and len(stated) < 6 else 1
