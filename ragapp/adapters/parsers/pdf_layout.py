"""From lines on pages to running text: page furniture dropped, paragraphs joined, headings found by their size."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragapp.adapters.parsers.pdf_lines import Line, Page
from ragapp.rag.types import Heading

_FURNITURE_ZONE = 0.1
_FURNITURE_SHARE = 0.5
_FURNITURE_MIN_PAGES = 2
_SIZE_TOLERANCE = 0.12
_GAP_OVER_PITCH = 1.3
_PITCHES_TO_TRUST = 5
_LEAST_PITCH, _MOST_PITCH = 0.5, 3.0
_NATURAL_PITCH = 1.4
_WIDE_WORD = 1.3
_COLUMN_WIDTH_PT = 40.0
_HEADING_OVER_BODY = 1.12
_MAX_HEADING_CHARS = 200
_MAX_HEADING_LEVEL = 4
_HYPHENATED = re.compile(r"[^\W\d_][-\u2010]$")
_ENDS_SENTENCE = re.compile(r"[.!?:;][\"'”“»)\]]*$")
_LIST_ITEM = re.compile(r"(?:[-–—•▪◦*·]|\(?(?:\d{1,3}|[a-zčćšžđ])[.)])\s")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line and the offset of its first character in the document's text; `length` of its characters are in it."""

    line: Line
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """The lines of a page that made it into the text, and the characters [start, end) that belong to the page."""

    lines: tuple[PlacedLine, ...]
    start: int
    end: int


def lay_out(pages: Sequence[Page]) -> tuple[str, list[PlacedPage]]:
    """Return the text of a document and where each line of each page went in it.

    The same pages always give the same text: page pictures find their passage by laying the document out again.
    """
    furniture = find_furniture(pages)
    writer = _Writer()
    placed = [writer.add_page(furniture.body_of(page)) for page in pages]
    return writer.text(), writer.close(placed)


class Furniture:
    """Running heads and feet: lines near an edge that repeat, page numbers aside.

    A line that never changes is kept where it first stands, since a letterhead may say what nothing else does.
    """

    def __init__(self, repeating: frozenset[str], unchanging: frozenset[str]) -> None:
        self._repeating = repeating
        self._kept_once = set(unchanging)

    def body_of(self, page: Page) -> list[Line]:
        """Return the lines of the page that are not furniture; ask for the pages in order."""
        dropped = {id(line) for line in _edge_lines(page) if self._drops(line)}
        return [line for line in page.lines if id(line) not in dropped]

    def _drops(self, line: Line) -> bool:
        if line.text in self._kept_once:
            self._kept_once.remove(line.text)
            return False
        return _without_numbers(line.text) in self._repeating


def find_furniture(pages: Sequence[Page]) -> Furniture:
    """Find the lines that repeat on at least half of the pages, and on two or more."""
    texts = Counter(text for page in pages for text in {line.text for line in _edge_lines(page)})
    keys = Counter(key for page in pages for key in {_without_numbers(line.text) for line in _edge_lines(page)})
    needed = max(_FURNITURE_MIN_PAGES, _FURNITURE_SHARE * len(pages))
    return Furniture(
        frozenset(key for key, count in keys.items() if count >= needed),
        frozenset(text for text, count in texts.items() if count >= needed),
    )


def find_headings(pages: Sequence[PlacedPage]) -> tuple[Heading, ...]:
    """Return lines set clearly larger than the body, larger sizes as higher levels; lines of one heading are joined."""
    weights: Counter[float] = Counter()
    for page in pages:
        for placed in page.lines:
            weights[_size(placed.line)] += placed.length
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
            if _size(placed.line) in levels:
                group.append(placed)
        yield from _as_heading(group, levels)


def _continues_heading(above: PlacedLine, below: PlacedLine) -> bool:
    return _size(above.line) == _size(below.line) and below.start - (above.start + above.length) <= 1


def _as_heading(group: Sequence[PlacedLine], levels: dict[float, int]) -> Iterator[Heading]:
    title = " ".join(placed.line.text[: placed.length] for placed in group)
    if any(map(str.isalnum, title)) and len(title) <= _MAX_HEADING_CHARS:
        yield Heading(levels[_size(group[0].line)], title, group[0].start)


def _size(line: Line) -> float:
    return round(line.size * 2) / 2


def _edge_lines(page: Page) -> Iterator[Line]:
    zone = _FURNITURE_ZONE * page.height
    return (line for line in page.lines if line.box.bottom > page.height - zone or line.box.top < zone)


def _without_numbers(text: str) -> str:
    return _DIGITS.sub("#", text)


class _Writer:
    """Collects the text while remembering where every line starts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._last: Line | None = None

    def add_page(self, lines: Sequence[Line]) -> tuple[PlacedLine, ...]:
        flow = _Flow(lines)
        placed: list[PlacedLine] = []
        for number, line in enumerate(lines):
            if self._last is not None:
                separator = flow.separator(self._last, line) if number else _page_separator(self._last, line)
                if not separator:
                    self._drop_hyphen(placed)
                self._append(separator)
            placed.append(PlacedLine(line, self._length, len(line.text)))
            self._append(line.text)
            self._last = line
        return tuple(placed)

    def text(self) -> str:
        return "".join(self._parts)

    def close(self, pages: Sequence[tuple[PlacedLine, ...]]) -> list[PlacedPage]:
        """Return the pages with their bounds: each reaches to the first line of the next."""
        bounds: list[PlacedPage] = []
        end = self._length
        for lines in reversed(pages):
            start = lines[0].start if lines else end
            bounds.append(PlacedPage(lines, start, end))
            end = start
        return bounds[::-1]

    def _append(self, piece: str) -> None:
        self._parts.append(piece)
        self._length += len(piece)

    def _drop_hyphen(self, placed: list[PlacedLine]) -> None:
        self._parts[-1] = self._parts[-1][:-1]
        self._length -= 1
        if placed:
            placed[-1] = PlacedLine(placed[-1].line, placed[-1].start, placed[-1].length - 1)


class _Flow:
    """How the lines of one page follow each other: their usual pitch and the right edge of each column."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._usual_pitch = _usual_pitch(lines)
        self._right_edges: defaultdict[tuple[int, float], float] = defaultdict(float)
        for line in lines:
            key = _column(line), _size(line)
            self._right_edges[key] = max(self._right_edges[key], line.box.right)

    def separator(self, above: Line, below: Line) -> str:
        """Return what stands between two lines: nothing (a word goes on), a space, a line end or a paragraph end."""
        pitch = _pitch(above, below)
        if not _same_size(above, below) or pitch > _GAP_OVER_PITCH * self._usual_pitch:
            return "\n\n"
        if pitch < 0:  # up again: the next column
            return _page_separator(above, below)
        if _breaks_word(above, below):
            return ""
        if _LIST_ITEM.match(below.text) or self._ended_early(above, below):
            return "\n"
        return " "

    def _ended_early(self, above: Line, below: Line) -> bool:
        """Whether the first word below would still have fitted above, so that the line ended on purpose."""
        column, size = _column(above), _size(above)
        edge = max(self._right_edges[near, size] for near in (column - 1, column, column + 1))
        char_width = (below.box.right - below.box.left) / max(len(below.text), 1)
        first_word_chars = len(below.text.split(" ", 1)[0])
        return above.box.right + _WIDE_WORD * (first_word_chars + 1) * char_width < edge


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Return the tight end of the pitches on a page, or the natural one where too few are seen to tell."""
    pitches = sorted(
        pitch
        for above, below in pairwise(lines)
        if _same_size(above, below) and _LEAST_PITCH < (pitch := _pitch(above, below)) < _MOST_PITCH
    )
    if len(pitches) >= _PITCHES_TO_TRUST:
        return pitches[len(pitches) // 5]
    return min([_NATURAL_PITCH, *pitches])


def _pitch(above: Line, below: Line) -> float:
    """Return the distance from the last row of one line to the first row of the next, in type sizes."""
    return (above.box.bottom - (below.box.top - below.size)) / max(above.size, 1.0)


def _column(line: Line) -> int:
    return int(line.box.left // _COLUMN_WIDTH_PT)


def _same_size(above: Line, below: Line) -> bool:
    return abs(above.size - below.size) <= _SIZE_TOLERANCE * max(above.size, below.size)


def _breaks_word(above: Line, below: Line) -> bool:
    return below.text[0].islower() and _HYPHENATED.search(above.text) is not None


def _page_separator(above: Line, below: Line) -> str:
    if _breaks_word(above, below):
        return ""
    return " " if below.text[0].islower() and not _ENDS_SENTENCE.search(above.text) else "\n\n"
