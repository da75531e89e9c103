"""CSV and its relatives: one row per line, columns as "a | b"."""

import csv
import io

from ragapp.adapters.parsers.cleaning import clean, clean_inline
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.rag.types import ParsedDocument

# Croatian spreadsheets write semicolons, for the comma is in their numbers: a tie goes to the one further left.
_DELIMITERS = "\t;,|"
_SAMPLE_LINE_COUNT = 50


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the rows of a delimited file; the delimiter is the one that cuts the first lines most evenly."""
    text = clean(decode_text(data))
    csv.field_size_limit(limits.text_bytes)
    builder = TextBuilder(limits)
    first = True
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=_find_delimiter(text)):
        if any(map(str.strip, cells)):
            builder.add_row(" | ".join(map(clean_inline, cells)), first=first)
            first = False
    return builder.build()


def _find_delimiter(text: str) -> str:
    lines = [line for line in text.split("\n", _SAMPLE_LINE_COUNT)[:_SAMPLE_LINE_COUNT] if line.strip()]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Return how many lines have as many delimiters as the first, if any, and how many delimiters that is."""
    expected = _count_outside_quotes(lines[0], delimiter) if lines else 0
    if expected == 0:
        return 0, 0
    return sum(_count_outside_quotes(line, delimiter) == expected for line in lines), expected


def _count_outside_quotes(line: str, delimiter: str) -> int:
    return sum(piece.count(delimiter) for piece in line.split('"')[::2])
