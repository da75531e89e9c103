"""ODT: OpenDocument text read as a stream, with headings, lists, tables and the pages last laid out."""

from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_package import read_title
from ragapp.adapters.parsers.open_document import (
    CONTENT,
    PAGE_FIELDS,
    EmbeddedObject,
    count_of,
    note_macros,
    open_document,
    read_furniture,
    read_object,
)
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.rag.types import ParsedDocument

_SKIPPED = frozenset(
    {"tracked-changes", "note-citation", "desc", "forms", "ruby-text", "binary-data", "hidden-text", "date-time"}
) | PAGE_FIELDS
_PARAGRAPHS = frozenset({"p", "h"})
_ASIDES = frozenset({"note", "annotation"})
_PAGE_BREAK = "\f"
# A spreadsheet repeats its last empty cell to the edge of the sheet; this is as far as a reader looks.
_MAX_REPEATED_CELLS = 8
_MAX_ROWS = 100_000
_MAX_LEVEL = 9


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of an OpenDocument text: paragraphs, headings, lists as "- a", table rows as "a | b".

    Pages come from where the program last broke them, if it wrote that down; else there are none.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive, builder = open_document(data, limits), TextBuilder(limits)
    furniture = read_furniture(archive)
    for text in furniture.headers:
        builder.add_paragraph(text)
    read_xml(archive.stream(CONTENT), OpenBody(builder, archive))
    for text in furniture.footers:
        builder.add_paragraph(text)
    note_macros(builder, archive)
    return builder.build(read_title(archive, "meta.xml"))


@dataclass(slots=True)
class _Paragraph:
    """A paragraph or, with a level, a heading being read; page breaks stand in `pieces` as form feeds."""

    level: int = 0
    pieces: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    charts: list[EmbeddedObject] = field(default_factory=list)


@dataclass(slots=True)
class _Aside:
    """A footnote, endnote or comment being read; it is put behind the paragraph that it hangs on."""

    name: str
    pieces: list[str] = field(default_factory=list)
    author: str = ""

    def shown(self) -> str:
        """Return it as a line; empty if it says nothing."""
        text = clean_inline(" ".join(self.pieces))
        if self.name == "annotation" and text:
            return f"Comment ({self.author}): {text}" if self.author else f"Comment: {text}"
        return f"* {text}" if text else ""


@dataclass(slots=True)
class _Table:
    """A table being read: the cells of its current row, with the rows each covers, and how often the last repeats."""

    writer: TableWriter
    cells: list[list[str]] = field(default_factory=list)
    heights: list[int] = field(default_factory=list)
    repeated: int = 1
    in_header: bool = False
    charts: list[EmbeddedObject] = field(default_factory=list)


class OpenBody:
    """Reads content.xml. Notes and frames nest paragraphs in paragraphs, and cells nest tables: both are stacks."""

    def __init__(self, builder: TextBuilder, archive: BoundedArchive) -> None:
        self.builder = builder
        self._archive = archive
        self._asides: list[_Aside] = []
        self._in_author = False
        self._style = ""
        self._title_level = 0
        self._hidden_styles: set[str] = set()
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[_Table] = []
        self._skip_depth = 0
        self._list_depth = 0
        self._item_opened = False
        self._first_item = True

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in one element."""
        if self._skip_depth or name in _SKIPPED or self._is_hidden(name, attributes):
            self._skip_depth += 1
        elif name in _PARAGRAPHS:
            self._paragraphs.append(_Paragraph(_level(attributes) if name == "h" else 0))
        elif name in _ASIDES:
            self._asides.append(_Aside(name))
        elif name == "creator":
            self._in_author = bool(self._asides)
        elif name == "date" and self._asides:
            self._skip_depth += 1
        elif name in {"style", "text-properties"}:
            self._read_style(name, attributes)
        elif name == "object":
            self._add_object(attributes.get("href", ""))
        elif name == "soft-page-break" and not self._paragraphs and not self._tables:
            self.builder.break_page()
        elif self._paragraphs and name in {"s", "tab", "line-break", "soft-page-break"}:
            self._paragraphs[-1].pieces.append(_PAGE_BREAK if name == "soft-page-break" else " ")
        else:
            self._start_structure(name, attributes)

    def end(self, name: str) -> None:
        """Leave an element."""
        if self._skip_depth:
            self._skip_depth -= 1
        elif name in _PARAGRAPHS and self._paragraphs:
            self._end_paragraph(self._paragraphs.pop())
        elif name in _ASIDES and self._asides:
            self._end_aside(self._asides.pop().shown())
        elif name == "creator":
            self._in_author = False
        elif name == "table-cell" and self._tables and self._tables[-1].cells:
            table = self._tables[-1]
            table.cells.extend([table.cells[-1]] * (table.repeated - 1))
            table.heights.extend([table.heights[-1]] * (table.repeated - 1))
        elif name == "table-row" and self._tables:
            self._end_row()
        elif name == "table-header-rows" and self._tables:
            self._tables[-1].in_header = False
        elif name == "table" and self._tables:
            table = self._tables.pop()
            table.writer.end()
            for chart in table.charts:
                chart.add_to(self.builder)
        elif name == "list":
            self._list_depth -= 1

    def text(self, data: str) -> None:
        """Take in character data."""
        if self._skip_depth:
            return
        if self._in_author and self._asides:
            self._asides[-1].author += data
        elif self._paragraphs:
            self._paragraphs[-1].pieces.append(data)

    def _is_hidden(self, name: str, attributes: Attributes) -> bool:
        return name in {"span", "p", "h"} and attributes.get("style-name", "") in self._hidden_styles

    def _read_style(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self._style = attributes.get("name", "")
        elif attributes.get("display") == "none":
            self._hidden_styles.add(self._style)

    def _end_aside(self, text: str) -> None:
        if not text:
            return
        if self._paragraphs:
            self._paragraphs[-1].notes.append(text)
        elif self._tables and self._tables[-1].cells:
            self._tables[-1].cells[-1].append(f"({text})")
        else:
            self.builder.add_paragraph(text)

    def _add_object(self, reference: str) -> None:
        found = read_object(self._archive, reference)
        if found is None:
            return
        if self._paragraphs and found.formula:
            self._paragraphs[-1].pieces.append(f" {found.formula} ")
        elif self._paragraphs:
            self._paragraphs[-1].charts.append(found)
        elif found.formula:
            self.builder.add_paragraph(found.formula)
        else:
            found.add_to(self.builder)

    def _start_structure(self, name: str, attributes: Attributes) -> None:
        match name:
            case "table":
                self._tables.append(_Table(TableWriter(self.builder, has_covered=True)))
            case "table-header-rows" if self._tables:
                self._tables[-1].in_header = True
            case "table-cell" | "covered-table-cell" if self._tables:
                self._tables[-1].cells.append([])
                self._tables[-1].heights.append(count_of(attributes, "number-rows-spanned", _MAX_ROWS))
                self._tables[-1].repeated = count_of(attributes, "number-columns-repeated", _MAX_REPEATED_CELLS)
            case "list":
                self._first_item = self._first_item if self._list_depth else True
                self._list_depth += 1
            case "list-item":
                self._item_opened = True

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text, *after_breaks = "".join(paragraph.pieces).split(_PAGE_BREAK)
        whole = text + "".join(after_breaks)
        if self._asides:
            self._asides[-1].pieces.append(whole)
            return
        if self._tables:
            if self._tables[-1].cells:
                self._tables[-1].cells[-1].append(" ".join([whole, *(f"({note})" for note in paragraph.notes)]))
            self._tables[-1].charts.extend(paragraph.charts)
            return
        self._add(paragraph, whole)
        for number in range(len(after_breaks)):
            self.builder.break_page(before_chars=len(clean_inline("".join(after_breaks[number:]))))
        for note in paragraph.notes:
            self.builder.add_paragraph(note)
        for chart in paragraph.charts:
            chart.add_to(self.builder)

    def _add(self, paragraph: _Paragraph, text: str) -> None:
        if not text.strip():
            return
        if paragraph.level or self._title_level:
            self.builder.add_heading(paragraph.level or self._title_level, text)
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
