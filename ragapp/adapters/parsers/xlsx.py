"""XLSX: every sheet under its name, rows as "a | b" with numbers and dates as shown, then its comments and charts."""

import re
from dataclasses import dataclass, field

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.office_package import note_macros, open_package, read_relationships, read_title
from ragapp.adapters.parsers.table_writer import Cell, TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xlsx_extras import add_sheet_extras
from ragapp.adapters.parsers.xlsx_numbers import CellFormats
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.document_notes import NoteCode
from ragapp.rag.types import ParsedDocument

_MAIN_PART = re.compile(r"xl/workbook\d*\.xml")
_COLUMN = re.compile("[A-Z]{1,3}")
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_TRUE = frozenset({"1", "true"})
# Columns stay under each other over a few empty cells; a wide gap would only be a row of bars.
_MAX_GAP_COLUMNS = 8


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the cells of a workbook, hidden sheets included; formulas give the value last computed, or themselves.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive, main_part = open_package(data, limits, _MAIN_PART)
    workbook, shared, formats = _Workbook(), _SharedStrings(), CellFormats()
    read_xml(archive.stream(main_part), workbook)
    parts = {pointer.id: pointer for pointer in read_relationships(archive, main_part)}
    for pointer in parts.values():
        if pointer.kind == "sharedStrings":
            read_xml(archive.stream(pointer.target), shared)
        elif pointer.kind == "styles":
            read_xml(archive.stream(pointer.target), formats)
    if workbook.from_1904:
        formats.count_from_1904()
    builder = TextBuilder(limits)
    for name, relationship_id in workbook.sheets:
        if relationship_id in parts:
            part = parts[relationship_id].target
            sheet = _Sheet(builder, name, shared.strings, formats)
            read_xml(archive.stream(part), sheet)
            sheet.write()
            add_sheet_extras(builder, archive, part, sheet)
    note_macros(builder, archive)
    return builder.build(read_title(archive, "docProps/core.xml"))


@dataclass(slots=True)
class _Workbook:
    """Reads xl/workbook.xml: the sheets in order as (name, relationship)."""

    sheets: list[tuple[str, str]] = field(default_factory=list)
    from_1904: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get("id", "")))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "").lower() in _TRUE

    def end(self, name: str) -> None:
        """Nothing waits for an end."""

    def text(self, data: str) -> None:
        """The workbook holds no text."""


class _Text:
    """Reads `t` elements into `pieces`, without the pronunciation that stands beside Japanese text."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._in_text = False
        self._in_phonetic = False

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002 - one shape for every reader
        self._in_phonetic = self._in_phonetic or name == "rPh"
        self._in_text = name == "t" and not self._in_phonetic

    def end(self, name: str) -> None:
        self._in_phonetic = self._in_phonetic and name != "rPh"
        self._in_text = False

    def text(self, data: str) -> None:
        if self._in_text:
            self.pieces.append(data)

    def take(self) -> str:
        text, self.pieces = "".join(self.pieces), []
        return text


class _SharedStrings(_Text):
    """Reads xl/sharedStrings.xml."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            self.strings.append(self.take())


class _Sheet(_Text):
    """Reads one sheet; its name becomes a heading with the first row that is not empty.

    Which cells are merged stands behind the rows, so these are held until then.
    """

    def __init__(self, builder: TextBuilder, name: str, shared: list[str], formats: CellFormats) -> None:
        super().__init__()
        self._builder = builder
        self._name = name
        self._shared = shared
        self._formats = formats
        self._cells: list[str] = []
        self._kind = self._style = ""
        self._column = 0
        self._number = 0
        self._rows: list[tuple[int, list[str]]] = []
        self._in_formula = False
        self._formula: list[str] = []
        self._is_named = False
        self._merged: dict[int, list[tuple[int, int]]] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        super().start(name, attributes)
        if name == "row":
            self._cells, self._column = [], 0
            stated = attributes.get("r", "")
            self._number = int(stated) if stated.isdecimal() and len(stated) < 9 else self._number + 1
        elif name == "c":
            self._pad_to(attributes.get("r", ""))
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._formula.clear()
        elif name == "v":
            self._in_text = True
        elif name == "f":
            self._in_formula = True
        elif name == "mergeCell" and (merged := _RANGE.fullmatch(attributes.get("ref", ""))):
            first_row, last_row = int(merged[2]), int(merged[4])
            if first_row < last_row and merged[1] == merged[3]:
                column = _column_number(merged[1]) - 1
                self._merged.setdefault(first_row, []).append((column, last_row - first_row + 1))

    def end(self, name: str) -> None:
        super().end(name)
        if name == "c":
            self._cells.append(clean_inline(self._shown(self.take())))
        elif name == "f":
            self._in_formula = False
            self._formula.append("")
        elif name == "row":
            self._end_row()

    def text(self, data: str) -> None:
        if self._in_formula:
            self._formula.append(data)
        else:
            super().text(data)

    def _pad_to(self, reference: str) -> None:
        letters = _COLUMN.match(reference)
        column = _column_number(letters[0]) if letters else self._column + 1
        self._cells.extend([""] * min(_MAX_GAP_COLUMNS, max(0, column - self._column - 1)))
        self._column = column

    def _shown(self, raw: str) -> str:
        if not raw and self._formula and self._kind != "str":
            self._builder.add_note(NoteCode.FORMULAS_WITHOUT_VALUE)
            return f"={''.join(self._formula)}" if any(self._formula) else ""
        match self._kind:
            case "s":
                number = int(raw) if raw.isdecimal() and len(raw) < 9 else -1
                text = self._shared[number] if 0 <= number < len(self._shared) else ""
                return self._formats.show_text(text, self._style) if text else ""
            case "inlineStr" | "str" if raw:
                return self._formats.show_text(raw, self._style)
            case "b":
                return "TRUE" if raw in _TRUE else "FALSE"
            case "n" if raw:
                return self._formats.show(raw, self._style)
        return raw

    def _end_row(self) -> None:
        while self._cells and not self._cells[-1]:
            self._cells.pop()
        if self._cells:
            self._rows.append((self._number, self._cells))

    def write(self) -> None:
        """Write the rows that were read under the sheet's name."""
        if not self._rows:
            return
        self.name()
        table = TableWriter(self._builder, has_covered=True)
        last = self._rows[0][0]
        for number, cells in self._rows:
            if number > last + 1:
                table.add_gap()
            table.add_row(_spanned(cells, self._merged.get(number, [])))
            last = number
        table.end()


    def name(self) -> None:
        """Write the sheet's name as a heading, once."""
        if not self._is_named:
            self._builder.add_heading(1, self._name)
            self._is_named = True

    def describe(self, reference: str) -> str:
        """Return a cell's reference with the first cell of its row and its own text: `C2 (Rent, 12.50)`."""
        letters, number = _COLUMN.match(reference), reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        cells = next((cells for row, cells in self._rows if str(row) == number), [])
        column = _column_number(letters[0]) - 1 if letters else 0
        around = [cells[0] if cells and column else "", cells[column] if column < len(cells) else ""]
        described = ", ".join(filter(None, around))
        return f"{reference} ({described})" if described else reference


def _spanned(cells: list[str], merged: list[tuple[int, int]]) -> list[str | Cell]:
    """Return the cells of a row, those that reach down over rows below as such."""
    row: list[str | Cell] = list(cells)
    for column, rows in merged:
        if column < len(cells) and cells[column]:
            row[column] = Cell(cells[column], rows=rows)
    return row


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
