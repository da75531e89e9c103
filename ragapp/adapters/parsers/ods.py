"""ODS: OpenDocument spreadsheets; every sheet under its name, rows as "a | b" with cells as they are shown."""

from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_package import read_title
from ragapp.adapters.parsers.open_document import (
    CONTENT,
    EmbeddedObject,
    count_of,
    note_macros,
    open_document,
    read_object,
)
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.document_notes import NoteCode
from ragapp.rag.types import ParsedDocument

# A sheet repeats its last empty cell and row to its edges; this is as far as a reader looks.
_MAX_REPEATED_CELLS = 8
_MAX_REPEATED_ROWS = 100
_MAX_ROWS = 100_000
_SKIPPED = frozenset({"tracked-changes", "forms", "desc", "binary-data", "date", "dde-links", "named-expressions"})


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the cells of a workbook, hidden sheets included; formulas give the value last computed, or themselves.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive, builder = open_document(data, limits), TextBuilder(limits)
    read_xml(archive.stream(CONTENT), _Sheets(builder, archive))
    note_macros(builder, archive)
    return builder.build(read_title(archive, "meta.xml"))


@dataclass(slots=True)
class _Cell:
    """A cell being read."""

    pieces: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    author: str = ""
    rows: int = 1
    repeated: int = 1
    formula: str = ""
    value: str = ""

    @property
    def text(self) -> str:
        return clean_inline(" ".join(self.pieces)) or self.value


class _Sheets:
    """Reads content.xml. A sheet is a table at the top; tables inside cells and charts are no sheets."""

    def __init__(self, builder: TextBuilder, archive: BoundedArchive) -> None:
        self._builder = builder
        self._archive = archive
        self._name = ""
        self._is_named = False
        self._table_depth = 0
        self._table: TableWriter | None = None
        self._row: list[_Cell] = []
        self._row_repeated = 1
        self._in_cell = False
        self._paragraph: list[str] | None = None
        self._is_comment = self._in_author = False
        self._beside: list[str] = []
        self._charts: list[EmbeddedObject] = []
        self._skip_depth = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skip_depth or name in _SKIPPED:
            self._skip_depth += 1
            return
        match name:
            case "table":
                self._start_table(attributes)
            case "table-row":
                self._row, self._row_repeated = [], count_of(attributes, "number-rows-repeated", _MAX_REPEATED_ROWS)
            case "table-cell" | "covered-table-cell" if self._table is not None:
                self._row.append(_read_cell(attributes))
                self._in_cell = True
            case "p":
                self._paragraph = []
            case "s" | "tab" | "line-break" if self._paragraph is not None:
                self._paragraph.append(" ")
            case "annotation":
                self._is_comment = True
            case "creator":
                self._in_author = self._is_comment
            case "object":
                found = read_object(self._archive, attributes.get("href", ""))
                self._charts += [found] if found is not None else []

    def end(self, name: str) -> None:
        if self._skip_depth:
            self._skip_depth -= 1
            return
        match name:
            case "p":
                self._end_paragraph()
            case "annotation":
                self._is_comment = False
            case "creator":
                self._in_author = False
            case "table-cell" | "covered-table-cell":
                self._in_cell = False
            case "table-row" if self._table is not None:
                self._end_row(self._table)
            case "table":
                self._end_table()

    def text(self, data: str) -> None:
        if self._skip_depth:
            return
        if self._in_author and self._row:
            self._row[-1].author += data
        elif self._paragraph is not None:
            self._paragraph.append(data)

    def _start_table(self, attributes: Attributes) -> None:
        self._table_depth += 1
        if self._table_depth == 1:
            self._name, self._is_named = attributes.get("name", ""), False
            self._table = TableWriter(self._builder, has_covered=True)

    def _end_paragraph(self) -> None:
        text, self._paragraph = "".join(self._paragraph or ()), None
        if not self._in_cell or not self._row:
            # Of a text box over the cells.
            self._beside.append(text)
        elif self._is_comment:
            self._row[-1].comment.append(text)
        else:
            self._row[-1].pieces.append(text)

    def _end_row(self, table: TableWriter) -> None:
        row, self._row = self._row, []
        cells: list[Cell] = []
        for cell in row:
            if cell.formula and not cell.text and not cell.value:
                self._builder.add_note(NoteCode.FORMULAS_WITHOUT_VALUE)
                cell.pieces.append(cell.formula)
            cells.extend([Cell(cell.text, rows=cell.rows)] * cell.repeated)
        if any(cell.text for cell in cells):
            self._name_sheet()
        # Rows that are alike are all there; empty ones only part tables.
        for _ in range(self._row_repeated if any(cell.text for cell in cells) else 1):
            table.add_row(cells)
        first = next((cell.text for cell in cells if cell.text), "")
        self._beside += [_describe(cell, first) for cell in row if cell.comment]

    def _name_sheet(self) -> None:
        if not self._is_named:
            self._builder.add_heading(1, self._name)
            self._is_named = True

    def _end_table(self) -> None:
        self._table_depth -= 1
        if self._table_depth or self._table is None:
            return
        self._table.end()
        self._table = None
        beside, self._beside = [text for text in self._beside if text.strip()], []
        charts, self._charts = self._charts, []
        if beside or charts:
            self._name_sheet()
        for text in beside:
            self._builder.add_paragraph(text)
        for chart in charts:
            chart.add_to(self._builder)


def _read_cell(attributes: Attributes) -> _Cell:
    return _Cell(
        rows=count_of(attributes, "number-rows-spanned", _MAX_ROWS),
        repeated=count_of(attributes, "number-columns-repeated", _MAX_REPEATED_CELLS),
        formula=attributes.get("formula", "").partition(":")[2] or attributes.get("formula", ""),
        value=_stored_value(attributes),
    )


def _stored_value(attributes: Attributes) -> str:
    """Return the value of a cell for which no text is stored."""
    if attributes.get("value-type") == "string" and "formula" in attributes:
        return attributes.get("string-value", "")
    names = ("value", "date-value", "time-value", "boolean-value", "string-value")
    return next((attributes[name] for name in names if attributes.get(name)), "")


def _describe(cell: _Cell, first: str) -> str:
    by = f" by {cell.author.strip()}" if cell.author.strip() else ""
    around = ", ".join(dict.fromkeys(filter(None, (first, cell.text))))
    return f"Comment{by} on {around}: {' '.join(cell.comment)}" if around else f"Comment{by}: {' '.join(cell.comment)}"
