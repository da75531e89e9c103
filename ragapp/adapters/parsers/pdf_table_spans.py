"""Where the tables of a PDF stand in its text, and what their columns are called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ragapp.adapters.parsers.pdf_layout import PlacedLine, PlacedPage
from ragapp.adapters.parsers.table_header import Header, find_header
from ragapp.rag.rows import split_cells
from ragapp.rag.types import Table

_LOOKED_AT_ROWS = 12


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table on one page; `is_first` and `is_last` say that nothing stands above or under it there."""

    lines: tuple[PlacedLine, ...]
    is_first: bool
    is_last: bool


def find_tables(pages: Sequence[PlacedPage]) -> tuple[Table, ...]:
    """Return the tables in order; one that goes on over a page has a part on each, with the same columns."""
    tables: list[Table] = []
    reaches_end = False
    for page in pages:
        for rows in _tables_on(page):
            before = tables[-1] if tables and reaches_end and rows.is_first else None
            table = _as_table(rows.lines, before)
            reaches_end = rows.is_last
            if table is not None:
                tables.append(table)
        if page.lines and page.lines[-1].line.table is None:
            reaches_end = False
    return tuple(tables)


def _tables_on(page: PlacedPage) -> Iterator[_Rows]:
    for number, placed in groupby(page.lines, key=lambda placed: placed.line.table):
        if number is not None:
            lines = tuple(placed)
            yield _Rows(lines, lines[0] is page.lines[0], lines[-1] is page.lines[-1])


def _as_table(lines: Sequence[PlacedLine], before: Table | None) -> Table | None:
    cells = [split_cells(placed.line.text) for placed in lines]
    header = find_header(cells[:_LOOKED_AT_ROWS], [False] * min(len(cells), _LOOKED_AT_ROWS))
    if before is not None:
        header = _continued(cells, header, before)
    body = header.titles + header.rows
    if body >= len(lines) or len(header.columns) < 2:
        return None
    width = max(map(len, cells))
    columns = (*header.columns, *([""] * (width - len(header.columns))))
    last = lines[-1]
    return Table(lines[header.titles].start, lines[body].start, last.start + last.length, columns)


def _continued(cells: Sequence[Sequence[str]], header: Header, before: Table) -> Header:
    """Return the header with the columns of the table on the page before, if this goes on with it."""
    width = max(map(len, cells))
    if width > len(before.columns):
        return header
    if tuple(header.columns) == before.columns[:width]:
        return Header(header.titles, header.rows, before.columns)
    return header if header.rows and any(before.columns) and _is_new(header, before) else Header(0, 0, before.columns)


def _is_new(header: Header, before: Table) -> bool:
    return len([name for name in header.columns if name]) != len([name for name in before.columns if name])
