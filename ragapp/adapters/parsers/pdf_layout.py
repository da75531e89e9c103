"""From lines on pages to running text: broken words whole, paragraphs joined and kept apart."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragapp.adapters.parsers.pdf_furniture import Furniture
from ragapp.adapters.parsers.pdf_values import Line, Page

_SIZE_TOLERANCE = 0.12
_GAP_OVER_PITCH = 1.3
_PITCHES_TO_TRUST = 5
_LEAST_PITCH, _MOST_PITCH = 0.5, 3.0
_NATURAL_PITCH = 1.4
_WIDE_WORD = 1.3
_COLUMN_WIDTH_PT = 40.0
_HYPHENATED = re.compile(r"[^\W\d_][-\u2010]$")
_ENDS_SENTENCE = re.compile(r"[.!?:;][\"'”“»)\]]*$")
_LIST_ITEM = re.compile(r"(?:[-–—•▪◦●○■□➢►*·]|\(?(?:\d{1,3}|[a-zčćšžđ])[.)])\s")


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


def lay_out(pages: Sequence[Page], furniture: Furniture) -> tuple[str, list[PlacedPage]]:
    """Return the text of a document and where each line of each page went in it.

    The same pages always give the same text: page pictures find their passage by laying pages out again.
    """
    writer = _Writer()
    placed = [writer.add_page(furniture.body_of(page, number)) for number, page in enumerate(pages, start=1)]
    return writer.text(), writer.close(placed)


def lay_out_page(page: Page, number: int, furniture: Furniture, *, start: int) -> tuple[PlacedLine, ...]:
    """Return where the lines of one page went in the document's text, knowing that the first stands at `start`."""
    return _Writer(start).add_page(furniture.body_of(page, number))


def type_size(line: Line) -> float:
    """Return the type size of a line rounded to half points, so that equal sizes compare equal."""
    return round(line.size * 2) / 2


class _Writer:
    """Collects the text while remembering where every line starts."""

    def __init__(self, start: int = 0) -> None:
        self._parts: list[str] = []
        self._length = start
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
            if line.table is not None:
                continue
            key = _column(line), type_size(line)
            self._right_edges[key] = max(self._right_edges[key], line.box.right)

    def separator(self, above: Line, below: Line) -> str:
        """Return what stands between two lines: nothing (a word goes on), a space, a line end or a paragraph end."""
        if above.is_apart or below.is_apart:
            return "\n\n"
        if above.table is not None or below.table is not None:
            return "\n" if above.table == below.table else "\n\n"
        pitch = _pitch(above, below)
        if not _sametype_size(above, below) or pitch > _GAP_OVER_PITCH * self._usual_pitch:
            return "\n\n"
        if pitch < 0:  # up again: the next column
            return _page_separator(above, below)
        if _ends_in_field(above) or _ends_in_field(below):
            return "\n"
        if _breaks_word(above, below):
            return ""
        if _LIST_ITEM.match(below.text) or self._ended_early(above, below):
            return "\n"
        return " "

    def _ended_early(self, above: Line, below: Line) -> bool:
        """Whether the first word below would still have fitted above, so that the line ended on purpose."""
        column, size = _column(above), type_size(above)
        edge = max(self._right_edges[near, size] for near in (column - 1, column, column + 1))
        char_width = (below.box.right - below.box.left) / max(len(below.text), 1)
        first_word_chars = len(below.text.split(" ", 1)[0])
        return above.box.right + _WIDE_WORD * (first_word_chars + 1) * char_width < edge


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Return the tight end of the pitches on a page, or the natural one where too few are seen to tell."""
    pitches = sorted(
        pitch
        for above, below in pairwise(lines)
        if _sametype_size(above, below) and _LEAST_PITCH < (pitch := _pitch(above, below)) < _MOST_PITCH
    )
    if len(pitches) >= _PITCHES_TO_TRUST:
        return pitches[len(pitches) // 5]
    return min([_NATURAL_PITCH, *pitches])


def _pitch(above: Line, below: Line) -> float:
    """Return the distance from the last row of one line to the first row of the next, in type sizes."""
    return (above.box.bottom - (below.box.top - below.size)) / max(above.size, 1.0)


def _column(line: Line) -> int:
    return int(line.box.left // _COLUMN_WIDTH_PT)


def _sametype_size(above: Line, below: Line) -> bool:
    return abs(above.size - below.size) <= _SIZE_TOLERANCE * max(above.size, below.size)


def _breaks_word(above: Line, below: Line) -> bool:
    return below.text[0].islower() and _HYPHENATED.search(above.text) is not None


def _ends_in_field(line: Line) -> bool:
    """Return whether a line ends with what a form holds, which no other line goes on with."""
    return line.origins[-1] < 0


def _page_separator(above: Line, below: Line) -> str:
    if above.is_apart or below.is_apart or above.table is not None or below.table is not None:
        return "\n\n"
    if _breaks_word(above, below):
        return ""
    return " " if below.text[0].islower() and not _ENDS_SENTENCE.search(above.text) else "\n\n"
