"""Recognised pages put into the text of their document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from ragapp.rag.types import Heading, PageSpan, ParsedDocument, Table

_SEPARATOR = "\n\n"


def insert_pages(document: ParsedDocument, recognised: Mapping[int, ParsedDocument]) -> ParsedDocument:
    """Return a document with the text of its empty pages filled in; everything behind moves along.

    Args:
        document: What was read of the file; the pages in `recognised` are empty in it.
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
    return replace(document, text=text, pages=pages, headings=headings, title=title, tables=tables)


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
    last = max((page.number for page in document.pages if _text_of(document, page, recognised)), default=0)
    for page in document.pages:
        found = recognised.get(page.number)
        text = _text_of(document, page, recognised)
        if found is not None:
            headings = found.headings
        else:
            within = (heading for heading in document.headings if page.start <= heading.start < page.end)
            headings = tuple(Heading(heading.level, heading.title, heading.start - page.start) for heading in within)
        apart = text and page.number != last and not text[-1].isspace()
        # A word that was broken over two pages goes on: nothing may come between.
        yield text + (_SEPARATOR if apart and _borders_recognised(page, recognised) else ""), headings


def _text_of(document: ParsedDocument, page: PageSpan, recognised: Mapping[int, ParsedDocument]) -> str:
    found = recognised.get(page.number)
    return document.text[page.start : page.end] if found is None else found.text


def _borders_recognised(page: PageSpan, recognised: Mapping[int, ParsedDocument]) -> bool:
    return page.number in recognised or page.number + 1 in recognised
