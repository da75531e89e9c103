"""Values of form fields and ticked boxes, put into the lines of their labels."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ragapp.adapters.parsers.pdf_annotations import Annotation, Kind
from ragapp.adapters.parsers.pdf_order import hull
from ragapp.adapters.parsers.pdf_rulings import Grid
from ragapp.adapters.parsers.pdf_values import Box, Line

Measure = Callable[[int], Box]

_SIZE_OVER_HEIGHT = 0.7
_MOST_SIZE_PT = 12.0
_FARTHEST_PT = 260.0
_TICK_REACH_PT = 24.0
_ABOVE_OVER_SIZE = 1.5


def put_fields(
    lines: list[Line], found: Sequence[Annotation], boxes: Sequence[Box], measure: Measure, grids: Sequence[Grid]
) -> None:
    """Put what fields hold into the lines of a page, in place.

    A value goes into the line of its label at the place where the field stands; in the cell of a drawn table, or where
    no label stands on its height, it is a line of its own.

    Args:
        lines: Of the page, in drawing order.
        found: N annotations; notes are left alone.
        boxes: N boxes, turned as the page is read.
        measure: Gives the place of a character.
        grids: The drawn tables of the page.
    """
    for number, (annotation, box) in enumerate(zip(found, boxes, strict=True)):
        if annotation.kind is Kind.NOTE:
            continue
        own = _own_line(number, annotation, box)
        beside = None if any(grid.holds(box) for grid in grids) else _label_beside(lines, annotation.kind, box)
        if beside is not None:
            lines[beside] = _with_value(lines[beside], own, measure, is_value=annotation.kind is Kind.VALUE)
        elif annotation.kind is Kind.VALUE or annotation.name:
            if annotation.name and not _has_label_above(lines, box) and not any(grid.holds(box) for grid in grids):
                own = _named(own, annotation)
            lines.insert(_drawn_after(lines, box), own)


def _own_line(number: int, annotation: Annotation, box: Box) -> Line:
    size = min(_MOST_SIZE_PT, _SIZE_OVER_HEIGHT * (box.top - box.bottom))
    return Line(annotation.text, [-1 - number] * len(annotation.text), box, max(size, 1.0))


def _named(own: Line, annotation: Annotation) -> Line:
    is_tick = annotation.kind is Kind.TICK
    text = f"{own.text} {annotation.name}" if is_tick else f"{annotation.name}: {own.text}"
    return replace(own, text=text, origins=[own.origins[0]] * len(text))


def _label_beside(lines: Sequence[Line], kind: Kind, box: Box) -> int | None:
    """Return the line on the height of a field that is nearest to it; of a box to tick, what stands behind it first."""
    on_row = [number for number, line in enumerate(lines) if _on_height(line, box) and line.table is None]
    if kind is Kind.TICK:
        behind = [at for at in on_row if -2 <= lines[at].box.left - box.right <= _TICK_REACH_PT]
        if behind:
            return min(behind, key=lambda at: lines[at].box.left)
    near = [(distance, at) for at in on_row if (distance := _aside(lines[at].box, box)) <= _FARTHEST_PT]
    before = [(distance, at) for distance, at in near if lines[at].box.left < box.left]
    return min(before or near)[1] if near else None


def _on_height(line: Line, box: Box) -> bool:
    middle = (line.box.bottom + line.box.top) / 2
    return box.bottom <= middle <= box.top or line.box.bottom <= (box.bottom + box.top) / 2 <= line.box.top


def _aside(line: Box, box: Box) -> float:
    return max(line.left - box.right, box.left - line.right, 0.0)


def _with_value(line: Line, own: Line, measure: Measure, *, is_value: bool) -> Line:
    """Return a line with a value put in where its field stands, a colon between it and its label."""
    middles = [(measure(origin).left + measure(origin).right) / 2 for origin in line.origins]
    at = sum(middle < own.box.left for middle in middles)
    while 0 < at < len(line.text) and line.text[at - 1] != " " and line.text[at] != " ":
        at += 1  # a field that begins over the end of a word
    before, after = line.text[:at].rstrip(), line.text[at:].lstrip()
    label = f"{before}:" if is_value and (before[-1:].isalnum() or before.endswith(")")) else before
    text = " ".join(part for part in (label, own.text, after) if part)
    origins: list[int] = []
    for part, places in (
        (label, [*line.origins[: len(before)], *([line.origins[len(before) - 1]] * (len(label) - len(before)))]),
        (own.text, list(own.origins)),
        (after, list(line.origins[len(line.text) - len(after) :])),
    ):
        if part:
            origins += [origins[-1], *places] if origins else places
    return replace(line, text=text, origins=origins, box=_reaching(line, own))


def _reaching(line: Line, own: Line) -> Box:
    """Return the box of a line with a field in it: no higher than the line, or it would stand on other rows."""
    whole = hull([line.box, own.box])
    return Box(whole.left, line.box.bottom, whole.right, line.box.top)


def _has_label_above(lines: Sequence[Line], box: Box) -> bool:
    return any(
        line.box.left < box.right
        and box.left < line.box.right
        and -2 <= line.box.bottom - box.top <= _ABOVE_OVER_SIZE * line.size
        for line in lines
    )


def _drawn_after(lines: Sequence[Line], box: Box) -> int:
    """Return where a line of its own goes among lines in drawing order: behind the nearest that is not lower."""
    above = [number for number, line in enumerate(lines) if line.box.bottom >= box.bottom - 2]
    if not above:
        return 0
    return 1 + min(above, key=lambda at: (abs(lines[at].box.bottom - box.bottom), _aside(lines[at].box, box)))
