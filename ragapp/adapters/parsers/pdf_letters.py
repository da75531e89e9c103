"""Whether the text of a PDF page is letters, and words of it that were torn apart."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import median

from ragapp.adapters.parsers.pdf_values import Box, Line

Measure = Callable[[int], Box]
"""The box of a character, by its index in the page's own text."""

_NO_LETTERS = frozenset({"Co", "Cn", "Cs", "Cc"})
_BAD_SHARE = 0.3
_LEAST_CHARS = 3
_NO_GAP = 0.03
_BEHIND = -0.1
_REAL_GAP = 0.15
_NARROW_GAP, _WIDE_GAP, _CELL_GAP = 0.25, 0.45, 1.2
_LEAST_GAPS = 12
_WIDE_SHARE, _NARROW_SHARE, _BETWEEN_SHARE = 0.25, 0.15, 0.1
_FRAGMENT_SHARE = 0.6
# How far the next space is; -1 where the line ends with the fragment.
_FRAGMENT_CHARS = frozenset({-1, 1, 2})
_SPACED_TOKENS = 5
_SPACED_SHARE = 0.7
_WIDER = 1.6
_LEAST_WIDER = 0.01
_MOST_SPACED = 5
_SAMPLED_LINES = 24


def is_text(raw: str) -> bool:
    """Return whether the characters of a page mean letters; private-use codes and broken maps do not."""
    counts = Counter("".join(raw.split()))
    bad = sum(
        count
        for char, count in counts.items()
        if char == "\ufffd" or (not " " < char < "\x7f" and unicodedata.category(char) in _NO_LETTERS)
    )
    return bad < max(_LEAST_CHARS, _BAD_SHARE * counts.total())


def join_torn(lines: Sequence[Line], measure: Measure) -> list[Line]:
    """Return the lines of a page with words whole that stand together on it and apart in its text."""
    sample = lines[:: max(1, len(lines) // _SAMPLED_LINES)]
    gaps = [list(_gaps(line, measure)) for line in sample]
    torn_below = _widest_torn(sample, gaps)
    shows_none = any(abs(gap) <= _NO_GAP for of_line in gaps for _, gap in of_line)
    if torn_below or shows_none:
        return [_joined(line, list(_gaps(line, measure)), torn_below) for line in lines]
    return [_joined(line, list(_gaps(line, measure)), 0.0) if _is_spaced_out(line.text) else line for line in lines]


def _gaps(line: Line, measure: Measure) -> Iterator[tuple[int, float]]:
    """Yield where the spaces of a line are and how wide they show, in type sizes."""
    at = line.text.find(" ")
    while at > 0:
        before, after = measure(line.origins[at - 1]), measure(line.origins[at + 1])
        yield at, (after.left - before.right) / max(line.size, 1.0)
        at = line.text.find(" ", at + 1)


def _widest_torn(lines: Sequence[Line], gaps: Sequence[Sequence[tuple[int, float]]]) -> float:
    """Return below which width spaces of a page are within words, 0 where all are real.

    A layer that another program put under a picture may set spaces by the width of the picture's letters: those within
    words then show as narrow, before the last letter or two, those between words as wide, and hardly any in between,
    where those of other texts are.
    """
    if sum(gap >= _WIDE_GAP for of_line in gaps for _, gap in of_line) < _LEAST_GAPS * _WIDE_SHARE:
        return 0.0
    narrow = wide = between = fragments = 0
    for line, of_line in zip(lines, gaps, strict=True):
        for at, gap in of_line:
            if not (_BEHIND < gap <= _CELL_GAP and line.text[at - 1].isalnum() and line.text[at + 1].isalnum()):
                continue
            if gap < _NARROW_GAP:
                narrow += 1
                fragments += line.text[at + 1 :].find(" ") in _FRAGMENT_CHARS
            elif gap >= _WIDE_GAP:
                wide += 1
            else:
                between += 1
    total = narrow + wide + between
    is_torn = (
        total >= _LEAST_GAPS
        and wide >= _WIDE_SHARE * total
        and narrow >= _NARROW_SHARE * total
        and between <= _BETWEEN_SHARE * total
        and fragments >= _FRAGMENT_SHARE * narrow
    )
    return (_WIDE_GAP + _NARROW_GAP) / 2 if is_torn else 0.0


def _joined(line: Line, gaps: Sequence[tuple[int, float]], torn_below: float) -> Line:
    torn = {at for at, gap in gaps if _BEHIND < gap < torn_below} or set(_without_gap(line.text, gaps))
    torn = torn or set(_in_spaced_out(line.text, gaps))
    if not torn:
        return line
    kept = [at for at in range(len(line.text)) if at not in torn]
    text = "".join(line.text[at] for at in kept)
    return replace(line, text=text, origins=[line.origins[at] for at in kept])


def _without_gap(text: str, gaps: Sequence[tuple[int, float]]) -> Iterator[int]:
    """Yield the spaces in a line of real ones where nothing shows one."""
    if any(gap >= _REAL_GAP for _, gap in gaps):
        for at, gap in gaps:
            if abs(gap) <= _NO_GAP and text[at - 1].isalpha() and text[at + 1].isalpha():
                yield at


def _is_spaced_out(text: str) -> bool:
    """Return whether most of what stands between spaces is single letters."""
    space_count = text.count(" ")
    if space_count < _SPACED_TOKENS - 1 or len(text) > _MOST_SPACED * (space_count + 1):
        return False
    tokens = text.split(" ")
    singles = sum(len(token) == 1 for token in tokens)
    letters = sum(map(str.isalpha, text))
    return singles >= _SPACED_SHARE * len(tokens) and letters * 2 >= len(text) - space_count


def _in_spaced_out(text: str, gaps: Sequence[tuple[int, float]]) -> Iterator[int]:
    """Yield the spaces within words of a line whose letters stand apart, as headings are set."""
    if not _is_spaced_out(text):
        return
    usual = median(gap for _, gap in gaps)
    if usual <= 0:  # from right to left, or on top of each other
        return
    for at, gap in gaps:
        if gap < max(_WIDER * usual, usual + _LEAST_WIDER):
            yield at
