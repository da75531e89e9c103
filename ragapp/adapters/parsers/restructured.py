"""reStructuredText: the text stays as written; titles are read by their lines above and below."""

import re
from collections.abc import Iterator

from ragapp.adapters.parsers.cleaning import clean_verbatim
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.rag.types import Heading, ParsedDocument

_LINE = re.compile(r"([!-/:-@\[-`{-~])\1+\s*$")
_MAX_LEVEL = 6
_LEAST_LINE_CHARS = 3


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:  # noqa: ARG001 - one signature for every format
    """Return the file's own text, markup included, with its section titles; levels in the order of first use."""
    text = clean_verbatim(decode_text(data))
    headings = tuple(_headings(text))
    return ParsedDocument(text, headings=headings, title=headings[0].title if headings else "")


def _headings(text: str) -> Iterator[Heading]:
    styles: list[str] = []
    above, title, title_start, start = "", "", 0, 0
    for line in text.split("\n"):
        is_line = _LINE.match(line) is not None
        if is_line and title and len(line.strip()) >= min(len(title), _LEAST_LINE_CHARS) and above in ("", line[0]):
            style = above + line[0]
            if style not in styles:
                styles.append(style)
            yield Heading(min(styles.index(style) + 1, _MAX_LEVEL), title, title_start)
            above = title = ""
        elif is_line:
            above, title = ("" if title else line[0]), ""
        else:
            # Only a line of its own is a title: one that follows another is the end of a paragraph.
            is_new = bool(line.strip()) and not title and (not line[0].isspace() or bool(above))
            above = above if is_new else ""
            title, title_start = (line.strip() if is_new else ""), start
            if not is_new and line.strip():
                title = ""
        start += len(line) + 1
