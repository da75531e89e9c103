"""Rows of tables in text: lines whose cells are parted by bars, as parsers write them and as markdown does."""

import re
from collections.abc import Iterator, Sequence

from ragapp.core.evidence import Passage

_BAR = re.compile(r"(?<!\S)\|(?!\S)")
_MARKDOWN_BAR = re.compile(r"(?<!\\)\|")
_MARKDOWN_RULE = re.compile(r"\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")


def split_cells(line: str, count: int | None = None) -> list[str]:
    """Return the cells of a line, trimmed: parted by bars that stand free, or as markdown parts them.

    Args:
        line: "a | b", or "| a | b |" with or without spaces.
        count: How many columns the table has, which tells an empty first cell from the bar around a row.
    """
    plain = [cell.strip() for cell in _BAR.split(line.strip())]
    if count is not None and len(plain) == count:
        return plain
    framed = line.strip().startswith("|") and line.strip().endswith("|")
    if framed or len(plain) < 2:
        written = [cell.strip() for cell in _MARKDOWN_BAR.split(line.strip())]
        inner = written[1:-1] if framed and len(written) > 2 else written
        return [cell.replace("\\|", "|") for cell in inner]
    return plain


def row_spans(text: str, rows_start: int) -> list[tuple[int, int]]:
    """Return the [start, end) offsets of the rows of a piece of a table, blank lines and lines of dashes left out."""
    spans, at = [], rows_start
    for line in text[rows_start:].split("\n"):
        stripped = line.strip()
        if stripped and not _MARKDOWN_RULE.fullmatch(stripped):
            start = at + len(line) - len(line.lstrip())
            spans.append((start, start + len(stripped)))
        at += len(line) + 1
    return spans


def is_table(passage: Passage) -> bool:
    """Return whether a passage is rows of a table."""
    return bool(passage.columns)


def named_cells(cells: Sequence[str], columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of the cells that hold something; the name is empty where the table gives none."""
    for at, cell in enumerate(cells):
        if cell:
            yield (columns[at] if at < len(columns) else ""), cell
