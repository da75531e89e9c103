"""Tables as lines of text: a row is a line "a | b", a cell that spans rows stands in each, columns have names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.table_header import Cells, find_header
from ragapp.adapters.parsers.text_builder import TextBuilder

_LOOKED_AT_ROWS = 12
_MAX_SPANNED_COLUMNS = 64
# A cell that reaches down in every row would make each row wider than the last.
_MAX_COLUMNS = 512
_MAX_REPEATED_CHARS = 200
_BAR = " | "


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and how many columns and rows it covers; `keeps_bars` where a table inside it has cells of its own."""

    text: str
    columns: int = 1
    rows: int = 1
    keeps_bars: bool = False


@dataclass(slots=True)
class _Row:
    cells: list[str]
    is_header: bool


@dataclass(slots=True)
class _Open:
    """The table being written: where it and its body start, and its columns."""

    start: int
    columns: tuple[str, ...]
    body_start: int = -1
    width: int = 0


@dataclass(slots=True)
class _Span:
    text: str
    rows: int


@dataclass(slots=True)
class TableWriter:
    """Writes the rows of one table of a file; an empty row in it may part two tables.

    The first rows are held back until it is clear which of them are a title and which a header. `has_covered` says that
    a row has a cell of its own, without text, where one of a row above reaches down.
    """

    builder: TextBuilder
    has_covered: bool = False
    _held: list[_Row] = field(default_factory=list)
    _spans: dict[int, _Span] = field(default_factory=dict)
    _table: _Open | None = None
    _is_decided: bool = False
    _after_gap: bool = False
    _wrote: bool = False

    def add_row(self, cells: Sequence[str | Cell], *, is_header: bool = False) -> str:
        """Add a row; return its line of text, empty for a row without text."""
        row = self._spread(cells)
        while row and not row[-1]:
            row.pop()
        if not row:
            self.add_gap()
            return ""
        if self._is_decided:
            self._write(row)
        else:
            self._held.append(_Row(row, is_header))
            if len(self._held) >= _LOOKED_AT_ROWS:
                self._decide()
        return _BAR.join(row)

    def add_gap(self) -> None:
        """Say that rows without text stand here."""
        self._decide()
        self._is_decided, self._after_gap = False, self._wrote

    def settle(self) -> None:
        """Write what is held back, so that the text ends with the row that was added last."""
        self._decide()

    def end(self) -> None:
        """Write what is held back and close the table."""
        self._decide()
        self._close()
        self._spans.clear()
        self._is_decided = self._after_gap = self._wrote = False

    def _spread(self, cells: Sequence[str | Cell]) -> list[str]:
        """Return one text for each column: cells of rows above that reach down are repeated."""
        row: list[str] = []
        for cell in cells:
            plain = cell if isinstance(cell, Cell) else Cell(cell)
            text = _cleaned(plain)
            if self.has_covered and not text:
                text = self._take_span(len(row))
            elif not self.has_covered:
                self._reach_down(row)
            for at in range(min(max(1, plain.columns), _MAX_SPANNED_COLUMNS)):
                if plain.rows > 1 and len(text) <= _MAX_REPEATED_CHARS and len(row) < _MAX_COLUMNS:
                    self._spans[len(row)] = _Span("" if at else text, plain.rows - 1)
                row.append("" if at else text)
        self._reach_down(row)
        return row

    def _reach_down(self, row: list[str]) -> None:
        while len(row) in self._spans:
            row.append(self._take_span(len(row)))

    def _take_span(self, column: int) -> str:
        span = self._spans.get(column)
        if span is None:
            return ""
        span.rows -= 1
        if span.rows == 0:
            del self._spans[column]
        return span.text

    def _decide(self) -> None:
        if self._is_decided or not self._held:
            return
        held, self._held = self._held, []
        header = find_header([row.cells for row in held], [row.is_header for row in held])
        self._is_decided = True
        if self._after_gap and self._table is not None and not header.rows and _may_continue(held, self._table):
            for row in held:
                self._write(row.cells)
            return
        self._close()
        for row in held[: header.titles]:
            self.builder.add_paragraph(_BAR.join(row.cells))
        body = held[header.titles :]
        for number, row in enumerate(body):
            self._add_line(row.cells, first=number == 0)
            if number == 0:
                self._table = _Open(self.builder.row_start, header.columns)
            if number == header.rows and self._table is not None:
                self._table.body_start = self.builder.row_start
            if self._table is not None:
                self._table.width = max(self._table.width, len(row.cells))

    def _write(self, cells: list[str]) -> None:
        self._add_line(cells, first=self._table is None)
        table = self._table
        if table is not None:
            table.width = max(table.width, len(cells))
            if table.body_start < 0:
                table.body_start = self.builder.row_start

    def _add_line(self, cells: Cells, *, first: bool) -> None:
        self.builder.add_row(_BAR.join(cells), first=first)
        self._wrote = True

    def _close(self) -> None:
        table, self._table = self._table, None
        if table is None or table.body_start < 0 or table.width < 2:
            return
        missing = ("",) * (table.width - len(table.columns))
        self.builder.add_table(table.start, table.body_start, (*table.columns, *missing))


def _may_continue(rows: Sequence[_Row], table: _Open) -> bool:
    """Return whether rows behind a gap are of the same table: no wider, and more than a note under it."""
    return 1 < max(len(row.cells) for row in rows) <= table.width


def _cleaned(cell: Cell) -> str:
    text = clean_inline(cell.text)
    # A bar of the cell's own must not look like one between cells.
    return text if cell.keeps_bars else text.replace(_BAR, "|")
