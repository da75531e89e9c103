"""Reading order of the lines of a page, by where they stand: column after column, notes after their paragraph."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ragapp.adapters.parsers.pdf_values import Box, Line

_SAME_ROW_OVER_SIZE = 0.5
_EDGE_PT = 4.0
_INSIDE_PT = 2.0
_LEAST_LINES = 2
_MOST_COLUMNS_DEEP = 6
_PROSE_CHARS = 15.0
_MARK_CHARS = 4.0
_MARK_REACH_OVER_SIZE = 1.5
_CELL_CHARS = 25.0
_ALIGNED_SHARE = 0.7
_ALIGNED_OVER_SIZE = 0.25
_NARROW_SHARE = 0.4
_NOTE_CHARS_SHARE = 0.5
_NOTE_GAP_OVER_SIZE = 1.6
_PARAGRAPH_GAP_OVER_SIZE = 0.75
_SIDEWAYS = 3.0
_MOST_LINES = 1500


@dataclass(frozen=True, slots=True)
class _Unit:
    """Lines that stay together: one, or the rows of a table."""

    lines: tuple[Line, ...]
    box: Box

    @property
    def size(self) -> float:
        return max(self.lines[0].size, 1.0)

    @property
    def middle(self) -> float:
        return (self.box.bottom + self.box.top) / 2

    @property
    def is_table(self) -> bool:
        return self.lines[0].table is not None


@dataclass(frozen=True, slots=True)
class _Band:
    """Units that follow each other downwards: either all reach over a gutter, or all stand `left` or `right` of it."""

    left: list[_Unit]
    right: list[_Unit]
    across: list[_Unit]


def order_lines(lines: Sequence[Line], notes: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines of a page in the order a person reads them.

    Args:
        lines: In any order; the rows of a table follow each other.
        notes: What was written onto the page; each comes after the paragraph it stands at.
    """
    if len(lines) > _MOST_LINES:
        return (*lines, *notes)
    units = [_as_unit(group) for group in _groups(lines)]
    upright = [unit for unit in units if not _is_sideways(unit)]
    sideways = [unit for unit in units if _is_sideways(unit)]
    ordered = [line for unit in (*_order(upright, _MOST_COLUMNS_DEEP), *sideways) for line in unit.lines]
    for note in sorted(notes, key=lambda note: -note.box.top):
        ordered.insert(_place_of_note(ordered, note.box), note)
    return tuple(ordered)


def _groups(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    for number, group in groupby(lines, key=lambda line: line.table):
        if number is None:
            yield from ((line,) for line in group)
        else:
            yield tuple(group)


def _as_unit(lines: tuple[Line, ...]) -> _Unit:
    return _Unit(lines, lines[0].box if len(lines) == 1 else hull([line.box for line in lines]))


def hull(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around boxes."""
    return Box(
        min(box.left for box in boxes),
        min(box.bottom for box in boxes),
        max(box.right for box in boxes),
        max(box.top for box in boxes),
    )


def _is_sideways(unit: _Unit) -> bool:
    """Return whether a line runs up or down the page, as stamps in margins do."""
    height, width = unit.box.top - unit.box.bottom, unit.box.right - unit.box.left
    return not unit.is_table and len(unit.lines[0].text) > 3 and height > _SIDEWAYS * width


def _order(units: list[_Unit], depth: int) -> list[_Unit]:
    if len(units) < 2:
        return units
    bands = _find_bands(units) if depth else None
    if bands is None:
        return _by_rows(units)
    ordered: list[_Unit] = []
    for band in bands:
        if band.across:
            ordered += _by_rows(band.across)
        elif _are_columns(band.left, band.right):
            ordered += _join_columns(_order(band.left, depth - 1), _order(band.right, depth - 1))
        else:
            ordered += _order([*band.left, *band.right], 0)
    return ordered


def _by_rows(units: Sequence[_Unit]) -> list[_Unit]:
    """Return units from top to bottom, those on one height from left to right."""
    rows: list[list[_Unit]] = []
    for unit in sorted(units, key=lambda unit: -unit.lines[0].box.top):
        first = rows[-1][0].lines[0] if rows else None
        line = unit.lines[0]
        if first is not None and abs(first.box.bottom - line.box.bottom) <= _SAME_ROW_OVER_SIZE * max(
            first.size, line.size
        ):
            rows[-1].append(unit)
        else:
            rows.append([unit])
    return [unit for row in rows for unit in _with_mark(sorted(row, key=lambda unit: unit.box.left))]


def _with_mark(row: list[_Unit]) -> list[_Unit]:
    """Return a row with the number of a footnote, raised and small, in the line of its text."""
    if len(row) < 2 or any(unit.is_table for unit in row[:2]):
        return row
    mark, text = row[0].lines[0], row[1].lines[0]
    is_mark = len(mark.text) <= _MARK_CHARS and mark.size < text.size
    if not is_mark or not 0 <= text.box.left - mark.box.right <= _MARK_REACH_OVER_SIZE * text.size:
        return row
    box = Box(mark.box.left, text.box.bottom, text.box.right, text.box.top)
    origins = [*mark.origins, mark.origins[-1], *text.origins]
    whole = replace(text, text=f"{mark.text} {text.text}", origins=origins, box=box)
    return [_as_unit((whole,)), *row[2:]]


def _find_bands(units: Sequence[_Unit]) -> list[_Band] | None:
    """Return the page cut at the gutter that parts most of it into columns, None where there is none."""
    starts: dict[int, float] = {}
    for unit in units:
        key = round(unit.box.left / _EDGE_PT)
        starts[key] = min(starts.get(key, unit.box.left), unit.box.left)
    leftmost = min(unit.box.left for unit in units)
    best: tuple[int, list[_Band] | None] = (0, None)
    by_height = sorted(units, key=lambda unit: -unit.box.top)
    for start in starts.values():
        if start <= leftmost + _EDGE_PT:
            continue
        bands = _cut(by_height, start)
        score = sum(
            len(band.left) + len(band.right) for band in bands if band.left and _are_columns(band.left, band.right)
        )
        if score > best[0]:
            best = score, bands
    return best[1]


def _cut(units: Sequence[_Unit], gutter: float) -> list[_Band]:
    bands: list[_Band] = []
    for unit in units:
        is_left, is_right = unit.box.right <= gutter - _INSIDE_PT, unit.box.left >= gutter - _INSIDE_PT
        if is_left or is_right:
            if not bands or bands[-1].across:
                bands.append(_Band([], [], []))
            (bands[-1].left if is_left else bands[-1].right).append(unit)
        else:
            if not bands or not bands[-1].across:
                bands.append(_Band([], [], []))
            bands[-1].across.append(unit)
    return bands


def _are_columns(left: Sequence[_Unit], right: Sequence[_Unit]) -> bool:
    """Return whether two sides are read one after the other, not across: text that runs on, side by side."""
    if not left or not right:
        return False
    a, b = hull([unit.box for unit in left]), hull([unit.box for unit in right])
    if min(a.top, b.top) - max(a.bottom, b.bottom) < right[0].size:
        return False
    fewer, more = sorted((left, right), key=len)
    if _mean_chars(more) < _PROSE_CHARS or _mean_chars(fewer) <= _MARK_CHARS:
        return False
    heights = sorted(unit.lines[0].box.bottom for unit in more)
    aligned = sum(_stands_at(heights, unit) for unit in fewer)
    if aligned < _ALIGNED_SHARE * len(fewer):
        return True
    return len(fewer) > _LEAST_LINES and min(_mean_chars(left), _mean_chars(right)) >= _CELL_CHARS


def _stands_at(heights: Sequence[float], unit: _Unit) -> bool:
    """Return whether a unit begins at one of some heights, in order."""
    bottom, near = unit.lines[0].box.bottom, _ALIGNED_OVER_SIZE * unit.size
    at = bisect_left(heights, bottom - near)
    return at < len(heights) and heights[at] <= bottom + near


def _mean_chars(units: Sequence[_Unit]) -> float:
    return sum(len(line.text) for unit in units for line in unit.lines) / sum(len(unit.lines) for unit in units)


def _join_columns(left: list[_Unit], right: list[_Unit]) -> list[_Unit]:
    """Return two columns one after the other; a narrow one beside a text is notes on it."""
    for notes, text in ((left, right), (right, left)):
        if _are_notes(notes, text):
            return _with_notes(text, notes)
    return [*left, *right]


def _are_notes(notes: Sequence[_Unit], text: Sequence[_Unit]) -> bool:
    own, other = hull([unit.box for unit in notes]), hull([unit.box for unit in text])
    narrow = own.right - own.left < _NARROW_SHARE * (other.right - other.left)
    chars = sum(len(line.text) for unit in notes for line in unit.lines)
    of_text = sum(len(line.text) for unit in text for line in unit.lines)
    return narrow and chars < _NOTE_CHARS_SHARE * of_text and not any(unit.is_table for unit in notes)


def _with_notes(text: Sequence[_Unit], notes: Sequence[_Unit]) -> list[_Unit]:
    lines = [line for unit in text for line in unit.lines]
    for note in reversed(list(_note_lines(notes))):
        lines.insert(_place_of_note(lines, note.box), note)
    return [_as_unit(group) for group in _groups(lines)]


def _note_lines(notes: Sequence[_Unit]) -> Iterator[Line]:
    """Yield each note as one line: rows that stand close together belong to one."""
    rows: list[Line] = []
    for unit in notes:
        line = unit.lines[0]
        if rows and rows[-1].box.bottom - line.box.top > _NOTE_GAP_OVER_SIZE * line.size - line.size:
            yield _joined(rows)
            rows = []
        rows.append(line)
    if rows:
        yield _joined(rows)


def _joined(rows: Sequence[Line]) -> Line:
    text, origins = rows[0].text, list(rows[0].origins)
    for row in rows[1:]:
        text += " " + row.text
        origins += [origins[-1], *row.origins]
    return replace(rows[0], text=text, origins=origins, box=hull([row.box for row in rows]), is_apart=True)


def _place_of_note(lines: Sequence[Line], note: Box) -> int:
    """Return where a note belongs among ordered lines: behind the paragraph that stands at its upper edge."""
    if not lines:
        return 0
    at = min(range(len(lines)), key=lambda number: _distance(lines[number].box, note))
    if lines[at].box.bottom > note.top or lines[at].box.top >= note.top - 1:
        pass
    elif lines[at].box.top < note.bottom:
        return at
    while at + 1 < len(lines) and _goes_on(lines[at], lines[at + 1]):
        at += 1
    return at + 1


def _distance(line: Box, note: Box) -> float:
    """Return how far a note is from a line, height first."""
    y = min(max(note.top - 1, note.bottom), note.top)
    above = max(line.bottom - y, y - line.top, 0.0)
    aside = max(line.left - note.right, note.left - line.right, 0.0)
    return above * 4 + aside


def _goes_on(above: Line, below: Line) -> bool:
    if above.table is not None or below.table is not None:
        return above.table == below.table
    if above.is_apart or below.is_apart:
        return below.is_apart
    gap = above.box.bottom - below.box.top
    same_size = abs(above.size - below.size) <= 0.12 * max(above.size, below.size)
    return same_size and -below.size <= gap <= _PARAGRAPH_GAP_OVER_SIZE * below.size
