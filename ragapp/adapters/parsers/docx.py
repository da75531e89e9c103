"""DOCX: WordprocessingML read as a stream, with headings, lists, tables and the pages Word last laid out."""

import re
from dataclasses import dataclass, field

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.docx_styles import Numbering, Styles, to_int
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_package import open_package, read_title
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.rag.types import ParsedDocument

_MAIN_PART = re.compile(r"word/document\d*\.xml")
_SKIPPED = frozenset({"Fallback", "moveFrom", "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "trPrChange"})
_PAGE_BREAK = "\f"
_CELL_PROPERTIES = frozenset({"gridSpan", "vMerge", "tblHeader"})
_MAX_REPEATED_CHARS = 200


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a Word document: paragraphs, numbered lists with their labels, table rows as "a | b".

    Pages come from explicit page breaks and from where Word last broke pages; a document with neither has none.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive, main_part = open_package(data, limits, _MAIN_PART)
    styles, numbering = Styles(), Numbering()
    read_xml(archive.stream("word/styles.xml"), styles)
    read_xml(archive.stream("word/numbering.xml"), numbering)
    builder = TextBuilder(limits)
    body = _Body(builder, styles, numbering)
    read_xml(archive.stream(main_part), body)
    read_xml(archive.stream("word/footnotes.xml"), body)
    return builder.build(read_title(archive, "docProps/core.xml"))


@dataclass(slots=True)
class _Paragraph:
    """A paragraph being read; page breaks stand in `pieces` as form feeds."""

    pieces: list[str] = field(default_factory=list)
    style_id: str = ""
    outline: int | None = None
    number_id: str = ""
    number_depth: int = 0


@dataclass(slots=True)
class _Table:
    """A table being read: the cells of its current row, how many columns each covers, and which go on from above.

    `starts` are the texts of the cells, by column, that reach down as long as cells below say that they go on.
    """

    writer: TableWriter
    cells: list[list[str]] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    starts: dict[int, str] = field(default_factory=dict)
    is_header: bool = False
    page_broken: bool = False


class _Body:
    """Reads word/document.xml. Text boxes nest paragraphs in paragraphs, and cells nest tables: both are stacks."""

    def __init__(self, builder: TextBuilder, styles: Styles, numbering: Numbering) -> None:
        self._builder = builder
        self._styles = styles
        self._numbering = numbering
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[_Table] = []
        self._skip_depth = 0
        self._in_text = False
        self._text_on_page = False
        self._in_list = False

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skip_depth or name in _SKIPPED:
            self._skip_depth += 1
        elif name == "p":
            self._paragraphs.append(_Paragraph())
        elif name == "tbl":
            self._tables.append(_Table(TableWriter(self._builder)))
        elif name == "tc" and self._tables:
            self._open_cell(self._tables[-1])
        elif name in _CELL_PROPERTIES and self._tables:
            self._describe_cell(self._tables[-1], name, attributes)
        elif self._paragraphs:
            self._start_in_paragraph(self._paragraphs[-1], name, attributes)

    def end(self, name: str) -> None:
        if self._skip_depth:
            self._skip_depth -= 1
        elif name == "t":
            self._in_text = False
        elif name == "p" and self._paragraphs:
            self._end_paragraph(self._paragraphs.pop())
        elif name == "tr" and self._tables:
            self._end_row()
        elif name == "tbl" and self._tables:
            self._tables.pop().writer.end()

    def text(self, data: str) -> None:
        if self._in_text and not self._skip_depth and self._paragraphs:
            self._paragraphs[-1].pieces.append(data)
            self._text_on_page = self._text_on_page or not data.isspace()

    def _start_in_paragraph(self, paragraph: _Paragraph, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        match name:
            case "t":
                self._in_text = True
            case "tab" | "cr" | "br" if attributes.get("type") != "page":
                paragraph.pieces.append(" ")
            case "br":
                self._break_page(paragraph)
            case "lastRenderedPageBreak" if self._text_on_page:
                # Word repeats an explicit break here; with nothing in between they are one.
                self._break_page(paragraph)
            case "noBreakHyphen":
                paragraph.pieces.append("-")
            case "pStyle":
                paragraph.style_id = value
            case "outlineLvl":
                paragraph.outline = to_int(value)
            case "numId":
                paragraph.number_id = value
            case "ilvl":
                paragraph.number_depth = to_int(value) or 0

    def _break_page(self, paragraph: _Paragraph) -> None:
        paragraph.pieces.append(_PAGE_BREAK)
        self._text_on_page = False

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text, *after_breaks = "".join(paragraph.pieces).split(_PAGE_BREAK)
        whole = text + "".join(after_breaks)
        if self._tables:
            table = self._tables[-1]
            table.page_broken = table.page_broken or bool(after_breaks)
            if table.cells:
                table.cells[-1].append(self._labelled(paragraph, whole))
            return
        self._add(paragraph, whole)
        for number in range(len(after_breaks)):
            self._builder.break_page(before_chars=len(clean_inline("".join(after_breaks[number:]))))

    def _add(self, paragraph: _Paragraph, text: str) -> None:
        if not text.strip():
            return
        level = self._heading_level(paragraph)
        numbered = bool(self._number_of(paragraph)[0])
        labelled = self._labelled(paragraph, text)
        if level is not None:
            self._builder.add_heading(level, labelled)
        elif numbered:
            self._builder.add_row(labelled, first=not self._in_list)
        else:
            self._builder.add_paragraph(labelled)
        self._in_list = numbered and level is None

    def _heading_level(self, paragraph: _Paragraph) -> int | None:
        if paragraph.outline is not None and paragraph.outline < 9:
            return paragraph.outline + 1
        return self._styles.heading_level(paragraph.style_id)

    def _number_of(self, paragraph: _Paragraph) -> tuple[str, int]:
        if paragraph.number_id:
            return paragraph.number_id, paragraph.number_depth
        return self._styles.numbering(paragraph.style_id)

    def _labelled(self, paragraph: _Paragraph, text: str) -> str:
        label = self._numbering.next_label(*self._number_of(paragraph)) if text.strip() else ""
        return f"{label} {text}" if label else text

    def _open_cell(self, table: _Table) -> None:
        table.cells.append([])
        table.widths.append(1)
        table.merges.append("")

    def _describe_cell(self, table: _Table, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if name == "tblHeader":
            table.is_header = value not in {"0", "false", "off"}
        elif table.cells and name == "gridSpan":
            table.widths[-1] = to_int(value) or 1
        elif table.cells:
            table.merges[-1] = value or "continue"

    def _end_row(self) -> None:
        table = self._tables[-1]
        row = _as_cells(table)
        is_header, page_broken = table.is_header, table.page_broken
        table.cells, table.widths, table.merges, table.is_header, table.page_broken = [], [], [], False, False
        if not any(cell.text for cell in row):
            return
        if len(self._tables) > 1:
            outer = self._tables[-2]
            if outer.cells:
                outer.cells[-1].append(" | ".join(cell.text for cell in row))
            return
        line = table.writer.add_row(row, is_header=is_header)
        if page_broken:
            table.writer.settle()
            self._builder.break_page(before_chars=len(line))
        self._in_list = False


def _as_cells(table: _Table) -> list[Cell]:
    """Return the cells of the row that ended; one that goes on from above has the text of the one it goes on from."""
    row, column = [], 0
    for pieces, width, merge in zip(table.cells, table.widths, table.merges, strict=True):
        text = clean_inline(" ".join(pieces))
        if merge == "continue":
            text = text or table.starts.get(column, "")
        elif merge:
            table.starts[column] = text if len(text) <= _MAX_REPEATED_CHARS else ""
        row.append(Cell(text, columns=width, keeps_bars=True))
        column += width
    return row
