"""Whether the text of a PDF page is letters, and words of it that were torn apart."""

import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median

from ragapp.adapters.parsers.pdf_values import Box

Measure = Callable[[int], Box]
"""The box of a character, by its index in the page's own text."""

_NO_LETTERS = frozenset({"Co", "Cn", "Cs", "Cc"})
_BAD_SHARE = 0.3
_LEAST_CHARS = 3
_NO_GAP_OVER_SIZE = 0.03
_REAL_GAP_OVER_SIZE = 0.15
_SPACED_TOKENS = 5
_SPACED_SHARE = 0.7
_WIDER = 1.6


def is_text(raw: str) -> bool:
    """Return whether the characters of a page mean letters; private-use codes and broken maps do not."""
    shown = [char for char in raw if not char.isspace()]
    if len(shown) < _LEAST_CHARS:
        return True
    if max(shown) < "\x7f" and min(shown) > " ":
        return True
    bad = sum(char == "\ufffd" or unicodedata.category(char) in _NO_LETTERS for char in shown)
    return bad < _BAD_SHARE * len(shown)


def join_torn(text: str, origins: Sequence[int], size: float, measure: Measure) -> tuple[str, Sequence[int]]:
    """Return a line with words whole that stand together on the page and apart in its text, with their origins.

    Args:
        text: The cleaned line.
        origins: The index in the page's own text of each of its characters.
        size: Its type size in points.
        measure: Gives the place of a character.
    """
    spaces = [at for at, char in enumerate(text) if char == " "]
    if len(spaces) < 2:
        return text, origins
    gaps = [_gap(measure(origins[at - 1]), measure(origins[at + 1])) for at in spaces]
    torn = set(_in_spaced_out(text, spaces, gaps)) or set(_without_gap(text, spaces, gaps, size))
    if not torn:
        return text, origins
    kept = [at for at in range(len(text)) if at not in torn]
    return "".join(text[at] for at in kept), [origins[at] for at in kept]


def _gap(before: Box, after: Box) -> float:
    return after.left - before.right


def _without_gap(text: str, spaces: Sequence[int], gaps: Sequence[float], size: float) -> list[int]:
    """Return the spaces in a line of real ones where nothing shows one: a layer set them between parts of words."""
    real = sum(gap >= _REAL_GAP_OVER_SIZE * size for gap in gaps)
    if real == 0:
        return []
    return [
        at
        for at, gap in zip(spaces, gaps, strict=True)
        if abs(gap) <= _NO_GAP_OVER_SIZE * size and text[at - 1].isalpha() and text[at + 1].isalpha()
    ]


def _in_spaced_out(text: str, spaces: Sequence[int], gaps: Sequence[float]) -> list[int]:
    """Return the spaces within words of a line whose letters stand apart, as headings are set."""
    edges = [-1, *spaces, len(text)]
    lengths = [after - before - 1 for before, after in pairwise(edges)]
    singles = sum(length == 1 for length in lengths)
    letters = sum(map(str.isalpha, text))
    if len(lengths) < _SPACED_TOKENS or singles < _SPACED_SHARE * len(lengths) or letters * 2 < len(text) - len(spaces):
        return []
    usual = median(gaps)
    return [at for at, gap in zip(spaces, gaps, strict=True) if gap < max(_WIDER * usual, usual + 0.1)]
