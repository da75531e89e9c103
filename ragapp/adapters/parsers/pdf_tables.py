"""Tables on PDF pages: by the lines drawn around cells, or else by cells that stand under each other."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import mean, median

from ragapp.adapters.parsers.pdf_rulings import Grid
from ragapp.adapters.parsers.pdf_values import Box, Line

Measure = Callable[[int], Box]
"""The box of a character, by its index in the page's own text."""

_GAP_OVER_SIZE = 0.9
_CORRIDOR_OVER_SIZE = 0.45
_COVERED_SHARE = 0.08
_SAME_ROW_OVER_SIZE = 0.5
_FARTHEST_OVER_SIZE = 3.2
_HEADING_OVER_SIZE = 1.03
_FARTHEST_IN_ORDER = 8
_LEAST_ROWS = 3
_PROSE_CHARS = 30
_RUNNING_SHARE = 0.5
_INSIDE_PT = 3.0
_TIGHT = 0.9
_LIST_MARK = re.compile(r"(?:[-–—•▪◦●○■□➢►*·]|\(?(?:\d{1,3}|[a-zčćšžđ])[.)])")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a line without a wide gap in it; `order` is the number of its line on the page."""

    text: str
    origins: Sequence[int]
    box: Box
    size: float
    order: int


_VisualRow = list[_Piece]


def part_tables(lines: Sequence[Line], measure: Measure, grids: Sequence[Grid]) -> tuple[Line, ...]:
    """Return the lines of a page with those of tables replaced by one line a row, its cells parted by bars.

    A row stands where the first line of its table stood in the reading order.
    """
    pieces = [piece for number, line in enumerate(lines) for piece in _cut_at_gaps(number, line, measure)]
    taken: set[int] = set()
    found: list[tuple[int, list[Line]]] = []
    for grid in grids:
        inside = [piece for piece in pieces if piece.order not in taken and grid.holds(piece.box)]
        held = [part for piece in inside for part in _cut_at_edges(piece, grid.xs[1:-1], measure)]
        rows = _rows_of_grid(grid, held)
        if len(rows) >= 2 and max(map(len, rows)) >= 2 and _reaches_columns(rows):
            taken.update(piece.order for piece in held)
            found.append((min(piece.order for piece in held), [_as_line(row, len(found)) for row in rows]))
    free = [piece for piece in pieces if piece.order not in taken]
    for run in _runs(_visual_rows(free)):
        orders = {piece.order for row in run for piece in row}
        if rows := _rows_of_run(run, measure):
            orders = {piece.order for row in rows for cell in row for piece in cell}
            taken.update(orders)
            found.append((min(orders), [_as_line(row, len(found)) for row in rows]))
        elif columns := _columns_of_prose(run):
            taken.update(orders)
            found.append((min(orders), [_as_line([[piece]], None) for column in columns for piece in column]))
    return tuple(_placed(lines, taken, found)) if found else tuple(lines)


def _placed(lines: Sequence[Line], taken: set[int], found: Sequence[tuple[int, list[Line]]]) -> Iterator[Line]:
    starts = dict(found)
    for number, line in enumerate(lines):
        yield from starts.get(number, ())
        if number not in taken:
            yield line


def _cut_at_gaps(number: int, line: Line, measure: Measure) -> Iterator[_Piece]:
    """Yield the pieces of a line between gaps too wide for a space."""
    whole = _Piece(line.text, line.origins, line.box, line.size, number)
    start = 0
    for at in _wide_gaps(line, measure):
        yield _part(whole, start, at, measure)
        start = at + 1
    yield _part(whole, start, len(line.text), measure) if start else whole


def _wide_gaps(line: Line, measure: Measure) -> Iterator[int]:
    width = line.box.right - line.box.left
    if " " not in line.text or width <= 0:
        return
    at = line.text.find(" ")
    while at >= 0:
        before, after = measure(line.origins[at - 1]), measure(line.origins[at + 1])
        # A field may stand far from its label, and is its value all the same.
        if after.left - before.right > _GAP_OVER_SIZE * line.size and line.origins[at + 1] >= 0:
            yield at
        at = line.text.find(" ", at + 1)


def _cut_at_edges(piece: _Piece, edges: Sequence[float], measure: Measure) -> Iterator[_Piece]:
    """Yield the parts of a piece that lie in different columns, cut at the space nearest to each edge between them."""
    start = 0
    for edge in edges:
        if piece.box.left < edge - _INSIDE_PT and edge + _INSIDE_PT < piece.box.right:
            cut = _space_at(piece, start, edge, measure)
            if cut:
                yield _part(piece, start, cut, measure)
                start = cut + 1
    yield _part(piece, start, len(piece.text), measure) if start else piece


def _space_at(piece: _Piece, start: int, edge: float, measure: Measure) -> int:
    """Return the index of the space that an edge runs through, 0 where it runs through a word."""
    at = piece.text.find(" ", start + 1)
    while 0 < at < len(piece.text) - 1:
        before, after = measure(piece.origins[at - 1]), measure(piece.origins[at + 1])
        if before.right <= edge + _INSIDE_PT and after.left >= edge - _INSIDE_PT:
            return at
        at = piece.text.find(" ", at + 1)
    return 0


def _part(piece: _Piece, start: int, end: int, measure: Measure) -> _Piece:
    origins = piece.origins[start:end]
    first, last = measure(origins[0]), measure(origins[-1])
    box = Box(first.left, piece.box.bottom, last.right, piece.box.top)
    return _Piece(piece.text[start:end], origins, box, piece.size, piece.order)


def _rows_of_grid(grid: Grid, pieces: Sequence[_Piece]) -> list[list[list[_Piece]]]:
    """Return the cells of each row of a grid, each the pieces in it from top to bottom; empty rows are left out."""
    column_count = len(grid.xs) - 1
    rows: list[list[list[_Piece]]] = [[[] for _ in range(column_count)] for _ in range(len(grid.ys) - 1)]
    for piece in pieces:
        x, y = piece.box.left + 1, (piece.box.bottom + piece.box.top) / 2
        column = sum(1 for edge in grid.xs[1:-1] if x >= edge)
        row = sum(1 for edge in grid.ys[1:-1] if y <= edge)
        rows[row][column].append(piece)
    filled = [row for row in rows if any(row)]
    kept = [at for at in range(column_count) if any(row[at] for row in filled)]
    return [[_in_order(row[at]) for at in kept] for row in filled]


def _reaches_columns(rows: Sequence[Sequence[Sequence[_Piece]]]) -> bool:
    """Return whether at least two rows have two cells: frames around text are no tables."""
    return sum(sum(map(bool, row)) >= 2 for row in rows) >= 2


def _in_order(pieces: Sequence[_Piece]) -> list[_Piece]:
    rows = _visual_rows(pieces)
    return [piece for row in rows for piece in row]


def _visual_rows(pieces: Sequence[_Piece]) -> list[_VisualRow]:
    """Return pieces that stand on one height together, from top to bottom, each row from left to right."""
    rows: list[_VisualRow] = []
    for piece in sorted(pieces, key=lambda piece: -piece.box.bottom):
        near = rows and abs(rows[-1][0].box.bottom - piece.box.bottom) <= _SAME_ROW_OVER_SIZE * piece.size
        if near:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.box.left) for row in rows]


def _runs(rows: Sequence[_VisualRow]) -> Iterator[list[_VisualRow]]:
    """Yield rows of a page that follow each other and may be a table: most have cells apart from each other."""
    run: list[_VisualRow] = []
    for row in rows:
        if run and not _follows(run[-1], row):
            yield from _without_loose_ends(run)
            run = []
        run.append(row)
    yield from _without_loose_ends(run)


def _follows(above: _VisualRow, below: _VisualRow) -> bool:
    size = max(above[0].size, 1.0)
    alike = abs(above[0].size - below[0].size) <= 0.25 * size
    loose = not _has_cells(above) and not _has_cells(below)
    if len(below) == 1 and below[0].size > _HEADING_OVER_SIZE * above[0].size:
        return False
    return alike and not loose and above[0].box.bottom - below[0].box.bottom <= _FARTHEST_OVER_SIZE * size


def _without_loose_ends(run: list[_VisualRow]) -> Iterator[list[_VisualRow]]:
    """Yield the run from its first to its last row with cells, and what still goes on from that."""
    with_cells = [number for number, row in enumerate(run) if _has_cells(row)]
    if len(with_cells) < 2:
        return
    yield run[with_cells[0] : with_cells[-1] + 2]


def _has_cells(row: _VisualRow) -> bool:
    orders = [piece.order for piece in row]
    return len(row) >= 2 and max(orders) - min(orders) <= _FARTHEST_IN_ORDER


def _rows_of_run(run: Sequence[_VisualRow], measure: Measure) -> list[list[list[_Piece]]]:
    """Return the cells of each row of a table; nothing where the rows are none."""
    with_cells = [row for row in run if _has_cells(row)]
    columns = _columns(with_cells)
    if len(columns) < 2 or len(with_cells) < (_LEAST_ROWS if len(columns) < 3 else 2):
        return []
    edges = [(left[1] + right[0]) / 2 for left, right in pairwise(columns)]
    parted = [[part for piece in row for part in _cut_at_edges(piece, edges, measure)] for row in run]
    rows = [_spread(row, columns) for row in parted]
    if not _is_wide(rows[-1]) and not _has_cells(run[-1]):
        rows = rows[:-1] if not _continues(run, len(run) - 1, rows[-1], _pitch_of_rows(run, rows)) else rows
    return [] if _is_prose(rows) or _is_list(rows) else _joined(run, rows)


def _is_wide(row: Sequence[Sequence[_Piece]]) -> bool:
    return sum(map(bool, row)) >= 2


def _columns(rows: Sequence[_VisualRow]) -> list[tuple[float, float]]:
    """Return where columns stand: between them runs a corridor that next to no cell reaches into."""
    if not rows:
        return []
    left, right = min(row[0].box.left for row in rows), max(piece.box.right for row in rows for piece in row)
    first, width = int(left), max(1, int(right - left) + 2)
    changes = [0] * (width + 1)
    for piece in (piece for row in rows for piece in row):
        changes[min(width, max(0, int(piece.box.left) - first))] += 1
        changes[min(width, max(0, int(piece.box.right) - first + 1))] -= 1
    covered = list(accumulate(changes[:width]))
    corridor = _CORRIDOR_OVER_SIZE * median(piece.size for row in rows for piece in row)
    return _stretches(covered, _COVERED_SHARE * len(rows), corridor, first)


def _stretches(covered: Sequence[int], most: float, corridor: float, first: int) -> list[tuple[float, float]]:
    columns: list[tuple[float, float]] = []
    for x, count in enumerate(covered):
        if count <= most:
            continue
        if columns and x - columns[-1][1] <= corridor:
            columns[-1] = columns[-1][0], x
        else:
            columns.append((x, x))
    return [(first + start, first + end) for start, end in columns]


def _spread(row: _VisualRow, columns: Sequence[tuple[float, float]]) -> list[list[_Piece]]:
    cells: list[list[_Piece]] = [[] for _ in columns]
    for piece in row:
        cells[max(range(len(columns)), key=lambda at: _shared(piece.box, columns[at]))].append(piece)
    return cells


def _shared(box: Box, column: tuple[float, float]) -> float:
    """Return how much of a column a box covers; negative, by distance, where nothing."""
    return min(box.right, column[1]) - max(box.left, column[0])


def _is_prose(rows: Sequence[Sequence[Sequence[_Piece]]]) -> bool:
    """Return whether these are columns of running text side by side: long lines, or lines that go on in each column."""
    columns = [[" ".join(piece.text for piece in row[at]) for row in rows if row[at]] for at in range(len(rows[0]))]
    long = sum(mean(map(len, column)) >= _PROSE_CHARS for column in columns if column) >= 2
    return long or all(map(_runs_on, columns))


def _runs_on(lines: Sequence[str]) -> bool:
    """Return whether most lines of a column go on with the sentence of the line above."""
    if len(lines) < _LEAST_ROWS or mean(map(len, lines)) < _PROSE_CHARS / 2:
        return False
    going_on = sum(below[:1].islower() and above[-1:] not in ".!?:;" for above, below in pairwise(lines))
    return going_on >= _RUNNING_SHARE * (len(lines) - 1)


def _columns_of_prose(run: Sequence[_VisualRow]) -> list[list[_Piece]]:
    """Return the lines of each column of running text, from left to right; nothing where there are no such columns."""
    with_cells = [row for row in run if len(row) >= 2]
    columns = _columns(with_cells)
    if len(columns) < 2 or len(with_cells) < _LEAST_ROWS:
        return []
    rows = [_spread(row, columns) for row in run]
    texts = [[" ".join(piece.text for piece in row[at]) for row in rows if row[at]] for at in range(len(columns))]
    if not all(map(_runs_on, texts)):
        return []
    return [[piece for row in rows for piece in row[at]] for at in range(len(columns))]


def _is_list(rows: Sequence[Sequence[Sequence[_Piece]]]) -> bool:
    marks = [row[0][0].text for row in rows if row[0]]
    return len(rows[0]) == 2 and sum(_LIST_MARK.fullmatch(mark) is not None for mark in marks) * 2 > len(marks)


def _joined(run: Sequence[_VisualRow], rows: Sequence[list[list[_Piece]]]) -> list[list[list[_Piece]]]:
    """Return the rows, those that only go on with cells of the row above put into it."""
    pitch = _pitch_of_rows(run, rows)
    joined: list[list[list[_Piece]]] = []
    for number, row in enumerate(rows):
        if joined and _continues(run, number, row, pitch):
            joined[-1] = [above + below for above, below in zip(joined[-1], row, strict=True)]
        else:
            joined.append([list(cell) for cell in row])
    return joined


def _continues(run: Sequence[_VisualRow], number: int, row: Sequence[Sequence[_Piece]], pitch: float) -> bool:
    step = run[number - 1][0].box.bottom - run[number][0].box.bottom
    filled = sum(map(bool, row))
    if step < _TIGHT * pitch and filled < len(row):
        return True
    only = next((cell[0].text for cell in row if cell), "")
    return not row[0] and filled == 1 and only[:1].islower() and step <= pitch * 1.05


def _pitch_of_rows(run: Sequence[_VisualRow], rows: Sequence[Sequence[Sequence[_Piece]]]) -> float:
    """Return the usual distance from a row that fills most columns to the row above."""
    full = [
        run[number - 1][0].box.bottom - run[number][0].box.bottom
        for number in range(1, len(rows))
        if rows[number][0] and sum(map(bool, rows[number])) * 2 > len(rows[number])
    ]
    return median(full) if full else 0.0


def _as_line(row: Sequence[Sequence[_Piece]], table: int | None) -> Line:
    """Return a row as a line of text; what stands between cells has the origin of the character before it."""
    pieces = [piece for cell in row for piece in cell]
    last = max(at for at, cell in enumerate(row) if cell)
    tokens: list[tuple[str, Sequence[int]]] = []
    for at, cell in enumerate(row[: last + 1]):
        tokens += [("|", ())] if at else []
        tokens += [(piece.text, piece.origins) for piece in cell]
    text, origins = "", list[int]()
    for token, own in tokens:
        before = origins[-1] if origins else pieces[0].origins[0]
        joint = " " if text else ""
        text += joint + token
        origins += [before] * len(joint) + (list(own) or [before] * len(token))
    box = Box(
        min(piece.box.left for piece in pieces),
        min(piece.box.bottom for piece in pieces),
        max(piece.box.right for piece in pieces),
        max(piece.box.top for piece in pieces),
    )
    return Line(text, origins, box, pieces[0].size, table)
