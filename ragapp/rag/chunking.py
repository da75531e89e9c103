"""Documents cut into passages: verbatim slices that stay inside one heading and one page.

Boundaries depend only on the text near them (headings, blank lines, and inside long paragraphs the content itself),
so an edit changes the passages around it and leaves the others, and their vectors, as they were.
"""

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ragapp.rag.language import detect_language
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
class _Section:
    start: int
    end: int
    body_start: int
    heading: str


def build_chunks(document: ParsedDocument, size: ChunkSize | None = None) -> list[Chunk]:
    r"""Cut a document into passages.

    Paragraphs of at least `size.smallest` characters stand alone, shorter ones are joined with their neighbours, longer
    than `size.largest` are cut at the best of line end, sentence, clause, space. Nothing is joined across a heading
    or a page; headings without text of their own stay with the next text.

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
        for start, end in _cut_section(document.text, section, page_starts, bounds):
            text = document.text[start:end]
            chunks.append(
                Chunk(
                    ordinal=len(chunks),
                    text=text,
                    start=start,
                    end=end,
                    page=_page_at(document, page_starts, start),
                    heading=section.heading,
                    language=_chunk_language(text, document_language),
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


def _cut_section(text: str, section: _Section, page_starts: list[int], size: ChunkSize) -> Iterator[tuple[int, int]]:
    first, last = bisect_right(page_starts, section.start), bisect_left(page_starts, section.end)
    edges = [section.start, *page_starts[first:last], section.end]
    for start, end in pairwise(edges):
        yield from _join_blocks(_split_blocks(text, start, end, section.body_start, size), size)


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
