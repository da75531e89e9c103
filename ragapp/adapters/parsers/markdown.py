"""Markdown: the text stays as written, headings are read beside it."""

import re
from collections.abc import Iterator

from ragapp.adapters.parsers.cleaning import clean_verbatim
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.rag.types import Heading, ParsedDocument

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NOT_A_PARAGRAPH = re.compile(r"[ \t]*$| {4}|\t| {0,3}(?:[-*+>|]|#{1,6}[ \t]|\d+[.)][ \t])")
_CLOSING_HASHES = re.compile(r"[ \t]+#+[ \t]*$")
_ATTRIBUTES = re.compile(r"[ \t]*\{[#.][^{}]*\}[ \t]*$")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = re.compile(r"\*\*|__|`|\*")


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:  # noqa: ARG001 - one signature for every format
    """Return the file's own text, markup included, with its ATX and Setext headings."""
    text = clean_verbatim(decode_text(data))
    headings = tuple(_headings(text))
    return ParsedDocument(text, headings=headings, title=headings[0].title if headings else "")


def _headings(text: str) -> Iterator[Heading]:
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
