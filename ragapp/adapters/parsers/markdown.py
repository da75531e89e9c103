"""Markdown: the text stays as written, headings and tables are read beside it."""

import re
from collections.abc import Iterator, Sequence

from ragapp.adapters.parsers.cleaning import clean_verbatim
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.rag.rows import split_cells
from ragapp.rag.types import Heading, ParsedDocument, Table

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NOT_A_PARAGRAPH = re.compile(r"[ \t]*$| {4}|\t| {0,3}(?:[-*+>|]|#{1,6}[ \t]|\d+[.)][ \t])")
_CLOSING_HASHES = re.compile(r"[ \t]+#+[ \t]*$")
_ATTRIBUTES = re.compile(r"[ \t]*\{[#.][^{}]*\}[ \t]*$")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = re.compile(r"\*\*|__|`|\*")
_RULE = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:  # noqa: ARG001 - one signature for every format
    """Return the file's own text, markup included, with its ATX and Setext headings and its tables."""
    text = clean_verbatim(decode_text(data))
    headings = tuple(find_headings(text))
    title = headings[0].title if headings else ""
    return ParsedDocument(text, headings=headings, title=title, tables=tuple(_tables(text)))


def find_headings(text: str) -> Iterator[Heading]:
    """Yield the ATX and Setext headings of a Markdown text."""
    fence, above, above_start = "", "", 0
    for line, start in _prose_lines(text):
        opening = _FENCE.match(line)
        if fence:
            fence = "" if opening and opening[1].startswith(fence) and not line[opening.end() :].strip() else fence
        elif opening:
            fence, above = opening[1], ""
        elif atx := _ATX.match(line):
            above = ""
            yield Heading(len(atx[1]), _plain_title(atx[2]), start)
        elif above and (underline := _UNDERLINE.match(line)):
            yield Heading(1 if underline[1][0] == "=" else 2, _plain_title(above), above_start)
            above = ""
        else:
            above, above_start = ("" if _NOT_A_PARAGRAPH.match(line) else line), start


def _tables(text: str) -> Iterator[Table]:
    """Yield the tables: a line of names, a line of dashes with as many cells, and the lines with bars under it."""
    lines = list(_lines_outside_fences(text))
    number = 1
    while number < len(lines):
        (above, start), (line, _) = lines[number - 1], lines[number]
        if "|" not in above or not _RULE.match(line) or len(split_cells(above)) != len(split_cells(line)):
            number += 1
            continue
        body = number + 1
        number = _table_end(lines, body)
        if number > body:
            last, last_start = lines[number - 1]
            names = tuple(_plain_title(cell) for cell in split_cells(above))
            yield Table(start, lines[body][1], last_start + len(last), names)


def _table_end(lines: Sequence[tuple[str, int]], first: int) -> int:
    number = first
    while number < len(lines) and "|" in lines[number][0]:
        number += 1
    return number


def _lines_outside_fences(text: str) -> Iterator[tuple[str, int]]:
    fence = ""
    for line, start in _prose_lines(text):
        mark = _FENCE.match(line)
        if fence:
            is_end = mark and mark[1].startswith(fence) and not line[mark.end() :].strip()
            fence = "" if is_end else fence
            yield "", start
        elif mark:
            fence = mark[1]
            yield "", start
        else:
            yield line, start


def _prose_lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield each line after the front matter with its offset."""
    start = _front_matter_end(text)
    for line in text[start:].split("\n"):
        yield line, start
        start += len(line) + 1


def _front_matter_end(text: str) -> int:
    if not text.startswith("---\n"):
        return 0
    closing = text.find("\n---\n", 3)
    return 0 if closing < 0 else closing + len("\n---\n")


def _plain_title(raw: str) -> str:
    title = _ATTRIBUTES.sub("", _CLOSING_HASHES.sub("", raw))
    return _EMPHASIS.sub("", _LINK.sub(r"\1", title)).strip()
