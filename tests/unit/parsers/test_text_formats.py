import unicodedata

import pytest

from ragapp.adapters.parsers import html, markdown, plain
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import DocumentTooComplex
from ragapp.rag.types import Heading

LIMITS = ParseLimits()


def test_plain_text_is_composed_with_single_line_ends_and_without_invisible_characters() -> None:
    decomposed = unicodedata.normalize("NFD", "Što je čvrsto")
    parsed = plain.parse(f"{decomposed}\r\nra\u00additi\rtri\x00\x07\ufeff".encode(), LIMITS)
    assert parsed.text == "Što je čvrsto\nraditi\ntri"


def test_markdown_is_kept_as_written_with_the_offsets_of_its_headings() -> None:
    source = "# Zakon\n\n## Članak 1. {#art1}\n\n**Tekst** s [vezom](http://x.hr).\n\nDrugi naslov\n---\n"
    parsed = markdown.parse(source.encode(), LIMITS)
    assert parsed.text == source
    assert parsed.title == "Zakon"
    assert [(heading.level, heading.title) for heading in parsed.headings] == [
        (1, "Zakon"),
        (2, "Članak 1."),
        (2, "Drugi naslov"),
    ]
    assert [source[heading.start :].split("\n")[0] for heading in parsed.headings] == [
        "# Zakon",
        "## Članak 1. {#art1}",
        "Drugi naslov",
    ]


def test_markdown_fences_and_front_matter_hold_no_headings() -> None:
    source = "---\ntitle: x\n# no\n---\n```\n# no\n~~~\n```\n~~~~\n# no\n~~~\n~~~~\n# Yes #\n- item\n---\n"
    assert [heading.title for heading in markdown.parse(source.encode(), LIMITS).headings] == ["Yes"]


HTML = """<!DOCTYPE html><html><head><title>Sigurnost &amp; mreža</title><style>p{}</style>
<script>var a = "<p>ne</p>";</script></head><body><nav><a href="/">Početna</a></nav>
<h1>Pravila <em>kuće</em></h1><p>Prvi&nbsp;red<br>drugi red</p><img src="http://evil.example/x.png">
<ul><li>jedan</li><li>dva</li></ul><table><tr><th>Grad</th><th>Cijena</th></tr><tr><td>Split</td><td>12 &euro;</td></tr>
</table><pre>a
  b</pre><h2>Kraj</h2>gotovo</body></html>"""


def test_html_gives_headings_paragraphs_lists_and_table_rows() -> None:
    parsed = html.parse(HTML.encode(), LIMITS)
    assert parsed.title == "Sigurnost & mreža"
    assert parsed.text == (
        "Pravila kuće\n\nPrvi red drugi red\n\n- jedan\n- dva\n\nGrad | Cijena\nSplit | 12 €\n\na\n  b\n\n"
        "Kraj\n\ngotovo"
    )
    assert parsed.headings == (Heading(1, "Pravila kuće", 0), Heading(2, "Kraj", parsed.text.index("Kraj")))


@pytest.mark.parametrize("charset", ["windows-1250", "iso-8859-2", "utf-16-le"])
def test_html_is_read_in_the_encoding_it_declares_or_has(charset: str) -> None:
    text = "Čišćenje, đak, žir, šaš."
    page = f'<html><meta http-equiv="Content-Type" content="text/html; charset={charset}"><p>{text}</p>'
    assert html.parse(page.encode(charset), LIMITS).text == text


def test_html_that_declares_nonsense_is_still_read() -> None:
    assert html.parse('<meta charset="rot13"><p>Čitko'.encode(), LIMITS).text == "Čitko"
    assert html.parse('<meta charset="nema-toga"><p>Čitko'.encode(), LIMITS).text == "Čitko"


def test_html_may_be_nested_without_end() -> None:
    assert html.parse(b"<div>" * 200_000 + b"deep", LIMITS).text == "deep"


def test_html_left_open_navigation_does_not_swallow_the_article() -> None:
    assert html.parse(b"<nav>menu<main><p>text</p></main>", LIMITS).text == "text"


def test_html_unknown_marked_sections_are_comments() -> None:
    assert html.parse(b"<p>a<![weird[ x ]]>b</p>", LIMITS).text.startswith("a")


def test_more_text_than_allowed_is_too_complex() -> None:
    with pytest.raises(DocumentTooComplex):
        html.parse(b"<p>abcdefghij</p>" * 20, ParseLimits(text_bytes=100))


def test_html_terms_stand_before_what_explains_them() -> None:
    page = b"<dl><dt>SLA</dt><dd>level of service</dd><dt>Who pays?</dt><dd>We do.</dd><dt>Alone</dt></dl><h2>End</h2>"
    parsed = html.parse(page, LIMITS)
    assert parsed.text == "SLA: level of service\n\nWho pays?\n\nWe do.\n\nAlone\n\nEnd"
