"""Lines drawn on a PDF page, and the grids they make."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.pdf_objects import DrawnObject
from ragapp.adapters.parsers.pdf_values import Box, Frame

_MAX_SEGMENTS = 20_000
_MAX_RULINGS = 600
_STRAIGHT_PT = 1.5
_SHORTEST_PT = 8.0
_SAME_EDGE_PT = 3.0
_LEAST_EDGES = 3


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight line from `start` to `end` along its direction, at `at` across it."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A table drawn with lines: the edges of its columns from left to right and of its rows from top to bottom."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    def holds(self, box: Box) -> bool:
        """Return whether the middle of a box lies in the grid."""
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        return self.xs[0] <= x <= self.xs[-1] and self.ys[-1] <= y <= self.ys[0]


def find_grids(drawn: Sequence[DrawnObject], frame: Frame) -> tuple[Grid, ...]:
    """Return the grids of at least two columns and two rows on a page, turned as it is read, from top to bottom."""
    across, down = _read_rulings(drawn, frame)
    if not across or not down or len(across) + len(down) > _MAX_RULINGS:
        return ()
    grids = (_as_grid(*group) for group in _connected(across, down))
    return tuple(sorted((grid for grid in grids if grid is not None), key=lambda grid: -grid.ys[0]))


def _as_grid(across: Sequence[Ruling], down: Sequence[Ruling]) -> Grid | None:
    left, right = min(line.start for line in across), max(line.end for line in across)
    # A line under one cell only parts lines of that cell or belongs to a cell that covers several rows.
    ys = _edges(line.at for line in across if line.end - line.start >= (right - left) / 2)
    if len(ys) < 2:
        ys = _edges(_summed(across, right - left))
    xs = _edges(line.at for line in down)
    if len(xs) < _LEAST_EDGES or len(ys) < _LEAST_EDGES:
        return None
    return Grid(tuple(xs), tuple(reversed(ys)))


def _summed(across: Sequence[Ruling], width: float) -> Iterator[float]:
    """Yield where lines of single cells together reach over most of the width."""
    for edge in _edges(line.at for line in across):
        length = sum(line.end - line.start for line in across if abs(line.at - edge) <= _SAME_EDGE_PT)
        if length >= width / 2:
            yield edge


def _edges(places: Iterator[float]) -> list[float]:
    """Return places in order, those closer together than a hair as one."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _SAME_EDGE_PT:
            edges.append(place)
    return edges


def _connected(
    across: Sequence[Ruling], down: Sequence[Ruling]
) -> Iterator[tuple[list[Ruling], list[Ruling]]]:
    """Yield groups of lines that cross or touch each other."""
    group_of = list(range(len(across) + len(down)))

    def find(number: int) -> int:
        while group_of[number] != number:
            group_of[number] = group_of[group_of[number]]
            number = group_of[number]
        return number

    for a, line in enumerate(across):
        for b, other in enumerate(down, start=len(across)):
            if _touch(line, other):
                group_of[find(a)] = find(b)
    groups: dict[int, tuple[list[Ruling], list[Ruling]]] = {}
    for number, line in enumerate([*across, *down]):
        groups.setdefault(find(number), ([], []))[number >= len(across)].append(line)
    return (group for group in groups.values() if group[0] and group[1])


def _touch(across: Ruling, down: Ruling) -> bool:
    near = _SAME_EDGE_PT
    return across.start - near <= down.at <= across.end + near and down.start - near <= across.at <= down.end + near


def _read_rulings(drawn: Sequence[DrawnObject], frame: Frame) -> tuple[list[Ruling], list[Ruling]]:
    across: list[Ruling] = []
    down: list[Ruling] = []
    segments = _segments(drawn)
    for x0, y0, x1, y1 in segments if frame.is_plain else map(frame.turn_segment, segments):
        if abs(y1 - y0) <= _STRAIGHT_PT and abs(x1 - x0) >= _SHORTEST_PT:
            across.append(Ruling((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= _STRAIGHT_PT and abs(y1 - y0) >= _SHORTEST_PT:
            down.append(Ruling((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return _distinct(across), _distinct(down)


def _distinct(lines: Sequence[Ruling]) -> list[Ruling]:
    rounded = {(round(line.at), round(line.start), round(line.end)): line for line in lines}
    return list(rounded.values())


def _segments(drawn: Sequence[DrawnObject]) -> Iterator[tuple[float, float, float, float]]:
    """Yield the straight pieces of the paths drawn on a page itself."""
    left = _MAX_SEGMENTS
    for item, kind in drawn:
        if kind != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        points = _points(item)
        left -= len(points)
        if left < 0:
            return
        start: tuple[float, float] | None = None
        before: tuple[float, float] | None = None
        for step, closes, point in points:
            if step == pdfium.FPDF_SEGMENT_MOVETO:
                start = point
            elif step == pdfium.FPDF_SEGMENT_LINETO and before is not None:
                yield *before, *point
            before = point
            if closes and start is not None:
                yield *point, *start


def _points(item: ctypes.c_void_p) -> list[tuple[int, bool, tuple[float, float]]]:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, ctypes.byref(matrix))
    x, y = ctypes.c_float(), ctypes.c_float()
    points = []
    for number in range(min(pdfium.FPDFPath_CountSegments(item), _MAX_SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(item, number)
        if not pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            continue
        place = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = pdfium.FPDFPathSegment_GetType(segment)
        points.append((kind, bool(pdfium.FPDFPathSegment_GetClose(segment)), place))
    return points
