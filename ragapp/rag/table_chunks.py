"""Tables cut into runs of whole rows; a row longer than a passage is cut between cells, each piece with its names."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ragapp.rag.types import Table

_LINE_END = re.compile(r"\n+")
_BAR = re.compile(r"(?<=\s)\|(?=\s|$)")
_SPACE = re.compile(r"\s+")
_HASHED_CHARS = 24


@dataclass(frozen=True, slots=True)
class TablePiece:
    """Characters [start, end) of the text: rows from `rows_start` on, and the names of their columns."""

    start: int
    end: int
    rows_start: int
    columns: tuple[str, ...]


def cut_table(text: str, table: Table, start: int, end: int, *, smallest: int, largest: int) -> Iterator[TablePiece]:
    """Yield the pieces of characters [start, end) of a table, each at most `largest` characters.

    Which row a piece ends with depends on the rows near it only, so that a row put in changes few pieces.
    """
    position = start
    while position < end:
        cut = end if end - position <= largest else _best_cut(text, table, position, end, smallest, largest)
        first, last = _trim(text, position, cut)
        if last - first > largest:
            yield from _cut_row(text, table, first, last, largest)
        elif first < last:
            yield TablePiece(first, last, min(max(first, table.body_start), last), table.columns)
        position = cut


def _best_cut(text: str, table: Table, position: int, end: int, smallest: int, largest: int) -> int:
    """Return where a run of rows ends; a row that is too long for a piece, or a header that is, stands alone."""
    lowest = max(position + smallest, min(table.body_start + 1, position + largest))
    ends = [match.end() for match in _LINE_END.finditer(text, lowest, min(position + largest, end))]
    if ends:
        return min(ends, key=lambda cut: zlib.crc32(text[cut : cut + _HASHED_CHARS].encode()))
    before = [match.end() for match in _LINE_END.finditer(text, position, lowest) if match.end() > position]
    if before:
        return before[-1]
    following = _LINE_END.search(text, position + largest, end)
    return following.end() if following else end


def _cut_row(text: str, table: Table, start: int, end: int, largest: int) -> Iterator[TablePiece]:
    """Cut one long row between its cells, and a cell that is still too long between words."""
    run: list[tuple[int, int, str]] = []
    for cell in [*_cells_of(text, table, start, end), None]:
        if run and (cell is None or cell[1] - run[0][0] > largest):
            yield from _as_pieces(text, run, largest)
            run = []
        if cell is not None:
            run.append(cell)


def _cells_of(text: str, table: Table, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and column of each cell of a row; the bar before a cell is part of it."""
    edges = [start, *(bar.start() for bar in _BAR.finditer(text, start + 1, end)), end]
    is_framed = text[start] == "|" == text[end - 1] and len(edges) > len(table.columns) + 1
    shift = 0 if is_framed or text[start] != "|" else 1
    for number, (first, last) in enumerate(pairwise(edges)):
        at = number + shift
        yield first, last, table.columns[at] if at < len(table.columns) else ""


def _as_pieces(text: str, cells: list[tuple[int, int, str]], largest: int) -> Iterator[TablePiece]:
    start, end = _trim(text, cells[0][0], cells[-1][1])
    names = tuple(name for _, _, name in cells)
    for part_start, part_end in _cut_words(text, start, end, largest):
        starts_with_bar = text[part_start] == "|"
        yield TablePiece(part_start, part_end, part_start, ("", *names) if starts_with_bar else names)


def _cut_words(text: str, start: int, end: int, largest: int) -> Iterator[tuple[int, int]]:
    while end - start > largest:
        spaces = [match.end() for match in _SPACE.finditer(text, start + largest // 2, start + largest)]
        cut = spaces[-1] if spaces else start + largest
        if start < (piece := _trim(text, start, cut))[1]:
            yield piece
        start = cut
    if text[start:end].strip():
        yield _trim(text, start, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
