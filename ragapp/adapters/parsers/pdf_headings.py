"""Headings of a PDF, told by their type size."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ragapp.adapters.parsers.pdf_layout import PlacedLine, PlacedPage, type_size
from ragapp.rag.types import Heading

_HEADING_OVER_BODY = 1.12
_MAX_HEADING_CHARS = 200
_MAX_HEADING_LEVEL = 4


def find_headings(pages: Sequence[PlacedPage]) -> tuple[Heading, ...]:
    """Return lines set clearly larger than the body, larger sizes as higher levels; lines of one heading are joined."""
    weights: Counter[float] = Counter()
    for page in pages:
        for placed in page.lines:
            weights[type_size(placed.line)] += placed.length
    if not weights:
        return ()
    body = weights.most_common(1)[0][0]
    sizes = sorted((size for size in weights if size > body * _HEADING_OVER_BODY), reverse=True)
    levels = {size: min(rank, _MAX_HEADING_LEVEL) for rank, size in enumerate(sizes, start=1)}
    return tuple(_headings(pages, levels))


def _headings(pages: Sequence[PlacedPage], levels: dict[float, int]) -> Iterator[Heading]:
    for page in pages:
        group: list[PlacedLine] = []
        for placed in page.lines:
            if group and not _continues_heading(group[-1], placed):
                yield from _as_heading(group, levels)
                group = []
            if type_size(placed.line) in levels:
                group.append(placed)
        yield from _as_heading(group, levels)


def _continues_heading(above: PlacedLine, below: PlacedLine) -> bool:
    return type_size(above.line) == type_size(below.line) and below.start - (above.start + above.length) <= 1


def _as_heading(group: Sequence[PlacedLine], levels: dict[float, int]) -> Iterator[Heading]:
    title = " ".join(placed.line.text[: placed.length] for placed in group)
    if any(map(str.isalnum, title)) and len(title) <= _MAX_HEADING_CHARS:
        yield Heading(levels[type_size(group[0].line)], title, group[0].start)
