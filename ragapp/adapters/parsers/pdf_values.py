"""What is read off a PDF page: lines of text and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in PDF points; y grows upwards."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `origins[i]` is the index in the page's own text of character i of the cleaned `text`.

    What is not in that text, a form's value or a note, has negative ones: -1 is the first of the page's `added` boxes.
    A line that `is_apart` is a paragraph of its own.

    A word broken with a hyphen brings its second row into the line, so `box` may be two rows high; `size` is the height
    of the first character, in points. A row of a table has the number of its `table` on the page, from 0.
    """

    text: str
    origins: Sequence[int]
    box: Box
    size: float
    table: int | None = None
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """How a page is turned for reading: `clockwise` degrees (a multiple of 90) from its own coordinates.

    `bounds` is the visible part of the page in its own coordinates. In turned coordinates it starts at (0, 0).
    """

    bounds: Box
    clockwise: int = 0

    @property
    def is_plain(self) -> bool:
        """Return whether turned coordinates are the page's own."""
        return self.clockwise == 0 and self.bounds.left == 0 and self.bounds.bottom == 0

    @property
    def height(self) -> float:
        """Height of the turned page in points."""
        bounds = self.bounds
        return bounds.right - bounds.left if self.clockwise % 180 else bounds.top - bounds.bottom

    @property
    def width(self) -> float:
        """Width of the turned page in points."""
        bounds = self.bounds
        return bounds.top - bounds.bottom if self.clockwise % 180 else bounds.right - bounds.left

    def turn(self, box: Box) -> Box:
        """Return a box of the page in turned coordinates."""
        left, bottom, right, top = self.bounds.left, self.bounds.bottom, self.bounds.right, self.bounds.top
        match self.clockwise:
            case 90:
                return Box(box.bottom - bottom, right - box.right, box.top - bottom, right - box.left)
            case 180:
                return Box(right - box.right, top - box.top, right - box.left, top - box.bottom)
            case 270:
                return Box(top - box.top, box.left - left, top - box.bottom, box.right - left)
        return Box(box.left - left, box.bottom - bottom, box.right - left, box.top - bottom)

    def turn_segment(self, segment: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Return the ends (x, y, x, y) of a line in turned coordinates."""
        start, end = self.turn(Box(*segment[:2], *segment[:2])), self.turn(Box(*segment[2:], *segment[2:]))
        return start.left, start.bottom, end.left, end.bottom

    def turn_back(self, box: Box) -> Box:
        """Return a box of the turned page in the page's own coordinates."""
        left, bottom, right, top = self.bounds.left, self.bounds.bottom, self.bounds.right, self.bounds.top
        match self.clockwise:
            case 90:
                return Box(right - box.top, bottom + box.left, right - box.bottom, bottom + box.right)
            case 180:
                return Box(right - box.right, top - box.top, right - box.left, top - box.bottom)
            case 270:
                return Box(left + box.bottom, top - box.right, left + box.top, top - box.left)
        return Box(left + box.left, bottom + box.bottom, left + box.right, bottom + box.top)


@dataclass(frozen=True, slots=True)
class Page:
    """What is read off a page: its lines in reading order, in the coordinates of `frame`, which is how it is read.

    `added` are the boxes of what is not in the page's own text. `is_unread` says that a picture on it holds more than
    the lines, and `attachment_count` is of files that hang on it.
    """

    frame: Frame
    lines: tuple[Line, ...] = ()
    added: tuple[Box, ...] = ()
    is_unread: bool = False
    attachment_count: int = 0

    @property
    def height(self) -> float:
        """Height in points, as it is read."""
        return self.frame.height
