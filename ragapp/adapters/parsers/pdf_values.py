"""What is read off a PDF page: lines of text and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in PDF points; y grows upwards."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `origins[i]` is the index in the page's own text of character i of the cleaned `text`.

    A word broken with a hyphen brings its second row into the line, so `box` may be two rows high; `size` is the height
    of the first character, in points. A row of a table has the number of its `table` on the page, from 0.
    """

    text: str
    origins: Sequence[int]
    box: Box
    size: float
    table: int | None = None
