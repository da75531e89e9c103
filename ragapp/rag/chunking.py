"""Documents cut into passages: verbatim slices that stay inside one heading and one page.

Boundaries depend only on the text near them (headings, blank lines, and inside long paragraphs the content itself),
so an edit changes the passages around it and leaves the others, and their vectors, as they were. A table is cut between
rows, and each of its passages carries the names of the columns.
"""

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from ragapp.rag.language import detect_language
from ragapp.rag.table_chunks import TablePiece, cut_table
from ragapp.rag.types import Chunk, Heading, Language, ParsedDocument

_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_CUTS = (
    re.compile(r"\n+"),
    re.compile(r"(?<=[.!?…])[\"'”»)\]]*\s+(?=[\"'„“«(\[]?[^\W_a-zčćšžđ])|(?<=;)\s+(?=[–•(-])|\s+(?=\(\d{1,3}\)\s)"),
    re.compile(r"(?<=[;:,])\s+"),
    re.compile(r"\s+"),
)
_HEADING_SEPARATOR = " › "
_LEAD_IN_CHARS = 120
_LANGUAGE_SAMPLE_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """Lengths in characters. Four English or three Croatian characters make about one model token."""

    smallest: int = 300
    largest: int = 1200

    def __post_init__(self) -> None:
        if not 1 <= self.smallest <= self.largest // 2:
            raise ValueError("smallest must be at least 1 and at most half of largest")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters [start, end) that make a passage; for what `columns`, `rows_start` and `table` say see `Chunk`."""

    start: int
    end: int
    rows_start: int = 0
    columns: tuple[str, ...] = ()
    table: int | None = None


@dataclass(frozen=True, slots=True)
class _Section:
    start: int
    end: int
    body_start: int
    heading: str


def build_chunks(document: ParsedDocument, size: ChunkSize | None = None) -> list[Chunk]:
    r"""Cut a document into passages.

    Paragraphs of at least `size.smallest` characters stand alone, shorter ones are joined with their neighbours, longer
    than `size.largest` are cut at the best of line end, sentence, clause, space. Nothing is joined across a heading
    or a page; headings without text of their own stay with the next text. Runs of whole rows of a table stand alone but
    for a short paragraph just above the table, which leads into its first rows.

    Args:
        document: Text with "\n" line ends; heading and page offsets in characters of it.
        size: Bounds in characters; None takes the defaults (about 200 tokens at most).

    Returns:
        Chunks in document order with ordinals from 0. Each is `text[start:end]` without surrounding white space, at
        most `size.largest` characters; together they hold every non-blank character exactly once.
    """
    bounds = size or ChunkSize()
    document_language = detect_language(document.text[:_LANGUAGE_SAMPLE_CHARS])
    page_starts = [page.start for page in document.pages]
    chunks: list[Chunk] = []
    for section in _split_sections(document):
        for piece in _cut_section(document, section, page_starts, bounds):
            text = document.text[piece.start : piece.end]
            told = " ".join((*piece.columns, text))
            chunks.append(
                Chunk(
                    ordinal=len(chunks),
                    text=text,
                    start=piece.start,
                    end=piece.end,
                    page=_page_at(document, page_starts, piece.start),
                    heading=section.heading,
                    language=_chunk_language(told, document_language),
                    columns=piece.columns,
                    rows_start=max(0, piece.rows_start - piece.start),
                    table=piece.table,
                )
            )
    return chunks


def lead_in(document_text: str, start: int) -> str:
    """Return the words just before offset `start`, at most 120 characters, cut at a sentence or word boundary.

    A lexical field of its own: captions and headings that were set before a passage without being marked as headings,
    and the subject that a passage's first sentence refers to, make it findable.
    """
    before = document_text[max(0, start - _LEAD_IN_CHARS) : start].rstrip()
    sentences = re.split(r"(?<=[.!?;])\s+|\n\s*\n", before)
    return sentences[-1] if len(sentences) > 1 else before.partition(" ")[2]


def _split_sections(document: ParsedDocument) -> Iterator[_Section]:
    """Yield the text under each heading; runs of headings with nothing between them make one section."""
    path: list[Heading] = []
    start = 0
    ordered = sorted(document.headings, key=lambda heading: heading.start)
    edges = [heading.start for heading in ordered] + [len(document.text)]
    if edges[0] > 0 and document.text[: edges[0]].strip():
        yield _Section(0, edges[0], 0, "")
        start = edges[0]
    for heading, end in zip(ordered, edges[1:], strict=True):
        path = [above for above in path if above.level < heading.level] + [heading]
        body_start = _line_end(document.text, heading.start, end)
        if document.text[body_start:end].strip() or end == len(document.text):
            yield _Section(start, end, body_start, _HEADING_SEPARATOR.join(part.title for part in path))
            start = end


def _line_end(text: str, start: int, limit: int) -> int:
    end = text.find("\n", start, limit)
    return limit if end < 0 else end


def _cut_section(
    document: ParsedDocument, section: _Section, page_starts: list[int], size: ChunkSize
) -> Iterator[_Piece]:
    first, last = bisect_right(page_starts, section.start), bisect_left(page_starts, section.end)
    edges = [section.start, *page_starts[first:last], section.end]
    for start, end in pairwise(edges):
        yield from _cut_page(document, start, end, section.body_start, size)


def _cut_page(document: ParsedDocument, start: int, end: int, body_start: int, size: ChunkSize) -> Iterator[_Piece]:
    """Yield the passages of one page of a section: prose and, between, what stands of tables there."""
    first = bisect_right(document.tables, start, key=lambda table: table.end)
    last = bisect_left(document.tables, end, key=lambda table: table.start)
    for number in range(first, last):
        table = document.tables[number]
        table_start, table_end = max(table.start, start), min(table.end, end)
        prose = _cut_prose(document.text, start, table_start, body_start, size)
        rows = cut_table(
            document.text, table, table_start, table_end, smallest=size.smallest, largest=size.largest
        )
        yield from _lead_in_rows(prose, rows, number, size)
        start = table_end
    yield from _cut_prose(document.text, start, end, body_start, size)


def _cut_prose(text: str, start: int, end: int, body_start: int, size: ChunkSize) -> list[_Piece]:
    if start >= end or not text[start:end].strip():
        return []
    body = min(max(start, body_start), end)
    return [_Piece(*span) for span in _join_blocks(_split_blocks(text, start, end, body, size), size)]


def _lead_in_rows(
    prose: list[_Piece], rows: Iterator[TablePiece], number: int, size: ChunkSize
) -> Iterator[_Piece]:
    """Yield prose, then rows; a short last piece of the prose becomes the beginning of the first rows."""
    pieces = [_Piece(row.start, row.end, row.rows_start, row.columns, number) for row in rows]
    if prose and pieces:
        intro, first = prose[-1], pieces[0]
        if intro.end - intro.start < size.smallest and first.end - intro.start <= size.largest:
            pieces[0] = replace(first, start=prose.pop().start)
    yield from prose
    yield from pieces


def _split_blocks(text: str, start: int, end: int, body_start: int, size: ChunkSize) -> Iterator[tuple[int, int]]:
    """Yield trimmed paragraphs, long ones in pieces. Heading lines count as part of the paragraph below them."""
    position = start
    search_from = max(start, body_start + len(text[body_start:end]) - len(text[body_start:end].lstrip()))
    for match in _PARAGRAPH_BREAK.finditer(text, search_from, end):
        yield from _cut_long(text, *_trim(text, position, match.start()), size)
        position = match.end()
    yield from _cut_long(text, *_trim(text, position, end), size)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _cut_long(text: str, start: int, end: int, size: ChunkSize) -> Iterator[tuple[int, int]]:
    if start >= end:
        return
    position = start
    while end - position > size.largest:
        cut = _best_cut(text, position + size.smallest, position + size.largest)
        if text[position:cut].strip():
            yield _trim(text, position, cut)
        position = cut
    yield _trim(text, position, end)


def _best_cut(text: str, lowest: int, highest: int) -> int:
    """Return the cut in [lowest, highest] of the best kind; among equals the one the text behind it picks by hash."""
    for pattern in _CUTS:
        ends = [match.end() for match in pattern.finditer(text, lowest, highest)]
        if ends:
            return min(ends, key=lambda cut: zlib.crc32(text[cut : cut + 24].encode()))
    return highest


def _join_blocks(blocks: Iterator[tuple[int, int]], size: ChunkSize) -> Iterator[tuple[int, int]]:
    """Join blocks shorter than `smallest` with the next, a short last one with the one before, never over `largest`."""
    joined: list[tuple[int, int]] = []
    for start, end in blocks:
        first, last = joined[-1] if joined else (start, start)
        if joined and end - first <= size.largest and min(last - first, end - start) < size.smallest:
            joined[-1] = (first, end)
        else:
            joined.append((start, end))
    yield from joined


def _page_at(document: ParsedDocument, page_starts: list[int], offset: int) -> int | None:
    return document.pages[max(0, bisect_right(page_starts, offset) - 1)].number if page_starts else None


def _chunk_language(text: str, document_language: Language) -> Language:
    found = detect_language(text)
    return document_language if found is Language.OTHER else found
