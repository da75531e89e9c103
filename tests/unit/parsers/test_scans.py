"""Recognised pages put where they belong, and everything behind them moved along."""

from ragapp.adapters.parsers.scans import insert_pages
from ragapp.rag.types import Heading, PageSpan, ParsedDocument


def test_a_recognised_page_moves_the_pages_and_headings_behind_it() -> None:
    read = ParsedDocument(
        "First page.\n\nChapter\n\nThird page.",
        (PageSpan(1, 0, 13), PageSpan(2, 13, 13), PageSpan(3, 13, 33)),
        (Heading(1, "Chapter", 13),),
        "Chapter",
    )
    whole = insert_pages(read, {2: ParsedDocument("Scan\n\nof the second.", headings=(Heading(2, "Scan", 0),))})
    assert whole.text == "First page.\n\nScan\n\nof the second.\n\nChapter\n\nThird page."
    assert [whole.text[page.start : page.end].strip() for page in whole.pages] == [
        "First page.",
        "Scan\n\nof the second.",
        "Chapter\n\nThird page.",
    ]
    for heading in whole.headings:
        assert whole.text[heading.start :].startswith(heading.title)
    assert [heading.title for heading in whole.headings] == ["Scan", "Chapter"]
    assert whole.title == "Chapter"


def test_a_word_broken_over_two_read_pages_stays_whole() -> None:
    read = ParsedDocument("abcdef", (PageSpan(1, 0, 3), PageSpan(2, 3, 6), PageSpan(3, 6, 6)))
    assert insert_pages(read, {3: ParsedDocument("scan")}).text == "abcdef\n\nscan"


def test_pages_on_which_nothing_was_seen_stay_empty() -> None:
    read = ParsedDocument("", tuple(PageSpan(number, 0, 0) for number in (1, 2, 3)))
    whole = insert_pages(read, {1: ParsedDocument("one"), 2: ParsedDocument(""), 3: ParsedDocument("three")})
    assert whole.text == "one\n\nthree"
    assert [page.end - page.start for page in whole.pages] == [5, 0, 5]


def test_the_first_recognised_heading_is_the_title_of_a_scan() -> None:
    read = ParsedDocument("", (PageSpan(1, 0, 0),))
    recognised = ParsedDocument("Ugovor\n\nTekst", headings=(Heading(1, "Ugovor", 0),))
    assert insert_pages(read, {1: recognised}).title == "Ugovor"
