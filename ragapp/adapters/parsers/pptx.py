"""PPTX: slides as pages in the order of the show, titles as headings; tables, charts, diagrams and notes included."""

import re
from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.formulas import FormulaReader, join_raised
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_graphics import add_graphic
from ragapp.adapters.parsers.office_package import (
    Relationship,
    note_macros,
    open_package,
    read_relationships,
    read_title,
)
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.errors import DocumentTooComplex
from ragapp.rag.types import ParsedDocument

_MAIN_PART = re.compile(r"ppt/presentation\d*\.xml")
_TITLES = frozenset({"title", "ctrTitle"})
_TRUE = frozenset({"1", "true", "on"})
_BESIDE_KINDS = frozenset({"notesSlide", "comments"})
_REPEATED = frozenset({"dt", "ftr", "hdr", "sldNum", "sldImg"})


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a presentation; page n is slide n, with its speaker notes at the end of the page.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it has more slides, or inflates to more, than allowed.
    """
    archive, main_part = open_package(data, limits, _MAIN_PART)
    show, builder = _Show(), TextBuilder(limits)
    read_xml(archive.stream(main_part), show)
    if len(show.slides) > limits.page_count:
        raise DocumentTooComplex(details={"page_count": len(show.slides)})
    parts = {pointer.id: pointer for pointer in read_relationships(archive, main_part)}
    for number, relationship_id in enumerate(show.slides):
        if number:
            builder.break_page()
        _add_slide(builder, archive, parts.get(relationship_id))
    note_macros(builder, archive)
    return builder.build(read_title(archive, "docProps/core.xml"), paged=True)


def _add_slide(builder: TextBuilder, archive: BoundedArchive, pointer: Relationship | None) -> None:
    if pointer is None:
        return
    slide = _Slide()
    read_xml(archive.stream(pointer.target), slide)
    builder.add_heading(1, " ".join(slide.title))
    pointers = read_relationships(archive, pointer.target)
    graphics = {inner.id: inner for inner in pointers}
    _add_rows(builder, archive, slide, graphics)
    for inner in pointers:
        if inner.kind in _BESIDE_KINDS:
            beside = _Slide() if inner.kind == "notesSlide" else _Comments()
            read_xml(archive.stream(inner.target), beside)
            _add_rows(builder, archive, beside, {})


def _add_rows(
    builder: TextBuilder, archive: BoundedArchive, slide: "_Slide | _Comments", graphics: dict[str, Relationship]
) -> None:
    table = TableWriter(builder, has_covered=True)
    for row in slide.rows:
        if row.graphic:
            table.end()
            if row.graphic in graphics:
                add_graphic(builder, archive, graphics[row.graphic])
            continue
        if row.cells and row.first:
            table.end()
        if row.cells:
            table.add_row(row.cells, is_header=row.is_header)
        else:
            table.end()
            builder.add_row(row.text, first=row.first)
    table.end()


@dataclass(slots=True)
class _Show:
    """Reads ppt/presentation.xml: the relationships of the slides in order."""

    slides: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sldId":
            self.slides.append(attributes.get("id", ""))

    def end(self, name: str) -> None:
        """Nothing waits for an end."""

    def text(self, data: str) -> None:
        """The list of slides holds no text."""


@dataclass(frozen=True, slots=True)
class _SlideRow:
    """A line of a slide: a paragraph's `text`, a table row's `cells`, or the relationship of a chart or diagram.

    `first` starts a box or table.
    """

    first: bool
    text: str = ""
    cells: tuple[Cell, ...] = ()
    is_header: bool = False
    graphic: str = ""


class _Comments:
    """Reads the comments on a slide: `rows`."""

    def __init__(self) -> None:
        self.rows: list[_SlideRow] = []
        self._pieces: list[str] = []
        self._in_text = False

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002 - one shape for every reader
        self._in_text = name in {"text", "t"}

    def end(self, name: str) -> None:
        self._in_text = False
        if name in {"cm", "reply"}:
            text, self._pieces = clean_inline("".join(self._pieces)), []
            if text:
                self.rows.append(_SlideRow(first=True, text=f"Comment: {text}"))
        elif name == "p":
            self._pieces.append(" ")

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)


class _Slide:
    """Reads a slide or its notes: `title` and `rows`."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.rows: list[_SlideRow] = []
        self._placeholder = ""
        self._pieces: list[str] = []
        self._cells: list[list[str]] = []
        self._heights: list[int] = []
        self._has_header = False
        self._in_text = self._in_table = False
        self._first = True
        self._skip_depth = 0
        self._formula: FormulaReader | None = None
        self._is_raised = False

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skip_depth or name == "Fallback":
            self._skip_depth += 1
            return
        if self._formula is not None:
            self._formula.start(name, attributes)
            return
        match name:
            case "chart":
                self._add(_SlideRow(first=True, graphic=attributes.get("id", "")))
            case "relIds":
                self._add(_SlideRow(first=True, graphic=attributes.get("dm", "")))
            case "oMath":
                self._formula = FormulaReader()
            case "rPr":
                self._is_raised = attributes.get("baseline", "0")[:1] not in {"0", "-"}
            case "sp" | "tbl":
                self._placeholder, self._first, self._in_table, self._has_header = "", True, name == "tbl", False
            case "tblPr":
                self._has_header = attributes.get("firstRow", "") in _TRUE
            case "ph":
                self._placeholder = attributes.get("type", "obj")
            case "tc":
                self._cells.append([])
                stated = attributes.get("rowSpan", "1")
                self._heights.append(int(stated) if stated.isdecimal() and len(stated) < 5 else 1)
            case "t":
                self._in_text = True
            case "br" | "tab":
                self._pieces.append(" ")

    def end(self, name: str) -> None:
        if self._skip_depth:
            self._skip_depth -= 1
            return
        if self._formula is not None:
            self._end_in_formula(self._formula, name)
            return
        match name:
            case "t":
                self._in_text = self._is_raised = False
            case "p":
                self._end_paragraph()
            case "tr":
                self._end_row()
            case "tbl":
                self._in_table = False

    def text(self, data: str) -> None:
        if self._skip_depth:
            return
        if self._formula is not None:
            self._formula.text(data)
        elif self._in_text:
            self._pieces.append(join_raised("".join(self._pieces[-2:]), data) if self._is_raised else data)
            self._is_raised = False

    def _end_in_formula(self, formula: FormulaReader, name: str) -> None:
        if name == "oMath":
            self._pieces.append(formula.take())
            self._formula = None
        else:
            formula.end(name)

    def _end_paragraph(self) -> None:
        text, self._pieces = clean_inline("".join(self._pieces)), []
        if not text or self._placeholder in _REPEATED:
            return
        if self._in_table:
            if self._cells:
                self._cells[-1].append(text)
        elif self._placeholder in _TITLES:
            self.title.append(text)
        else:
            self._add(_SlideRow(self._first, text))

    def _end_row(self) -> None:
        texts, heights = [" ".join(cell) for cell in self._cells], self._heights
        self._cells, self._heights = [], []
        if any(texts):
            cells = tuple(Cell(text, rows=rows) for text, rows in zip(texts, heights, strict=True))
            self._add(_SlideRow(self._first, cells=cells, is_header=self._first and self._has_header))

    def _add(self, row: _SlideRow) -> None:
        self.rows.append(row)
        self._first = False
