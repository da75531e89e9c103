"""CSV and its relatives: one row per line, columns as "a | b"."""

import csv
import io
import re
from collections import Counter

from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.table_writer import TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.rag.types import ParsedDocument

# Croatian spreadsheets write semicolons, for the comma is in their numbers: a tie goes to the one further left.
_DELIMITERS = "\t;,|"
# What Excel writes above its rows: for itself, not for a reader.
_STATED = re.compile(r'"?sep=([^\w\s"]|\t)"?[ \t]*\n', re.IGNORECASE)
_SAMPLE_LINE_COUNT = 50


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the rows of a delimited file.

    The delimiter is the one that a first line `sep=;` states, or the one that cuts the first lines most evenly.
    """
    text = clean(decode_text(data))
    delimiter = ""
    if stated := _STATED.match(text):
        delimiter, text = stated[1], text[stated.end() :]
    csv.field_size_limit(limits.text_bytes)
    builder = TextBuilder(limits)
    table = TableWriter(builder)
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _find_delimiter(text)):
        table.add_row(cells)
    table.end()
    return builder.build()


def _find_delimiter(text: str) -> str:
    lines = [line for line in text.split("\n", _SAMPLE_LINE_COUNT)[:_SAMPLE_LINE_COUNT] if line.strip()]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Return how many lines have as many delimiters as most lines with any, and how many delimiters that is."""
    counts = Counter(count for line in lines if (count := _count_outside_quotes(line, delimiter)))
    expected, line_count = max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return line_count, expected


def _count_outside_quotes(line: str, delimiter: str) -> int:
    return sum(piece.count(delimiter) for piece in line.split('"')[::2])
