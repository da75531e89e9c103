"""Recognised pages put into the text of their document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from ragapp.rag.types import Heading, PageSpan, ParsedDocument, Table

SEPARATOR = "\n\n"
"""Between what the file says on a page and what was recognised there, and around pages that were recognised."""


def insert_pages(document: ParsedDocument, recognised: Mapping[int, ParsedDocument]) -> ParsedDocument:
    """Return a document with what was recognised on its pages behind what the file says there; all behind moves along.

    Args:
        document: What was read of the file.
        recognised: Text and headings by page number; offsets count from the start of the page.
    """
    pieces = list(_pieces(document, recognised))
    starts = [0, *accumulate(len(text) for text, _ in pieces)]
    pages = tuple(
        PageSpan(page.number, start, end)
        for page, start, end in zip(document.pages, starts, starts[1:], strict=False)
    )
    headings = tuple(
        Heading(heading.level, heading.title, start + heading.start)
        for (_, found), start in zip(pieces, starts, strict=False)
        for heading in found
    )
    title = document.title or (headings[0].title if headings else "")
    tables = tuple(_moved_tables(document, starts))
    text = "".join(text for text, _ in pieces)
    return replace(document, text=text, pages=pages, headings=headings, title=title, tables=tables, unread=())


def _moved_tables(document: ParsedDocument, starts: Sequence[int]) -> Iterator[Table]:
    """Yield the tables where they stand now; none crosses a page."""
    for page, start in zip(document.pages, starts, strict=False):
        for table in document.tables:
            if page.start <= table.start < page.end:
                by = start - page.start
                yield Table(table.start + by, table.body_start + by, table.end + by, table.columns)


def _pieces(
    document: ParsedDocument, recognised: Mapping[int, ParsedDocument]
) -> Iterator[tuple[str, tuple[Heading, ...]]]:
    """Yield the text of each page with the headings in it, offsets from its start."""
    texts = [_text_of(document, page, recognised) for page in document.pages]
    last = max((number for number, text in enumerate(texts) if text), default=0)
    for number, (page, text) in enumerate(zip(document.pages, texts, strict=True)):
        apart = text and number != last and not text[-1].isspace()
        # A word that was broken over two pages goes on: nothing may come between.
        yield text + (SEPARATOR if apart and _borders_recognised(page, recognised) else ""), tuple(
            _headings_of(document, page, recognised)
        )


def _headings_of(
    document: ParsedDocument, page: PageSpan, recognised: Mapping[int, ParsedDocument]
) -> Iterator[Heading]:
    for heading in document.headings:
        if page.start <= heading.start < page.end:
            yield Heading(heading.level, heading.title, heading.start - page.start)
    found = recognised.get(page.number)
    if found is not None:
        start = len(_text_of(document, page, recognised)) - len(found.text)
        for heading in found.headings:
            yield Heading(heading.level, heading.title, start + heading.start)


def _text_of(document: ParsedDocument, page: PageSpan, recognised: Mapping[int, ParsedDocument]) -> str:
    """Return what the file says on a page, then what was recognised there."""
    own, found = document.text[page.start : page.end], recognised.get(page.number)
    if found is None or not found.text:
        return own
    return own.rstrip() + SEPARATOR + found.text if own else found.text


def _borders_recognised(page: PageSpan, recognised: Mapping[int, ParsedDocument]) -> bool:
    return page.number in recognised or page.number + 1 in recognised
