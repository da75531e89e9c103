"""OpenDocument texts, spreadsheets and presentations: what stands beside the plain paragraphs and cells."""

from collections.abc import Mapping

import pytest

from ragapp.adapters.parsers import odp, ods, odt
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed
from ragapp.core.file_types import ODP, ODS, ODT
from ragapp.rag.types import ParsedDocument
from tests.fakes.office_files import make_open_document, with_member, xml_bomb

LIMITS = ParseLimits()
PARSERS = {ODT: odt, ODS: ods, ODP: odp}


def read(kind: str, body: str, parts: Mapping[str, str] | None = None) -> ParsedDocument:
    data = make_open_document(kind, body)
    for name, content in (parts or {}).items():
        data = with_member(data, name, content.encode())
    return PARSERS[kind].parse(data, LIMITS)


def p(text: str, more: str = "") -> str:
    return f"<text:p {more}>{text}</text:p>"


def note(kind: str, text: str) -> str:
    return f'<text:note text:note-class="{kind}"><text:note-citation>1</text:note-citation><text:note-body>{p(text)}</text:note-body></text:note>'  # noqa: E501


COMMENT = "<office:annotation><dc:creator>Ana</dc:creator><dc:date>2026-03-31</dc:date><text:p>why?</text:p></office:annotation>"  # noqa: E501
TABLE = "<table:table><table:table-row><table:table-cell>{}</table:table-cell></table:table-row></table:table>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (p(f"Due{note('footnote', 'not Sunday')} now") + p("End"), "Due now\n\n* not Sunday\n\nEnd"),
        (p(f"Due{note('endnote', 'late')}"), "Due\n\n* late"),
        (p(f"Due{COMMENT} now") + p("End"), "Due now\n\nComment (Ana): why?\n\nEnd"),
        (TABLE.format(p(f"5{note('footnote', 'net')}")), "5 (* net)"),
        (p(f"Due{note('footnote', 'a')}{COMMENT}"), "Due\n\n* a\n\nComment (Ana): why?"),
        (p("Due<office:annotation><dc:creator/></office:annotation>"), "Due"),
    ],
)
def test_notes_stand_behind_what_calls_them(body: str, text: str) -> None:
    assert read(ODT, body).text == text


MASTER = '<x xmlns:style="s" xmlns:text="t"><style:header>{}</style:header><style:footer>{}</style:footer></x>'


@pytest.mark.parametrize(
    ("header", "footer", "text"),
    [
        (p("Contract UG-1"), "", "Contract UG-1\n\nText"),
        ("", p("OIB 1"), "Text\n\nOIB 1"),
        (p("Same") + p("Same"), p("Same"), "Same\n\nText\n\nSame"),
        (
            p("<text:page-number>7</text:page-number>"),
            p("Page <text:page-number>7</text:page-number> of act"),
            "Text\n\nPage of act",
        ),
        (p("A<text:tab/>B"), "", "A B\n\nText"),
    ],
)
def test_headers_and_footers_are_read_once(header: str, footer: str, text: str) -> None:
    assert read(ODT, p("Text"), {"styles.xml": MASTER.format(header, footer)}).text == text


HIDDEN = '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'


@pytest.mark.parametrize(
    "body",
    [
        p('seen<text:span text:style-name="H"> gone</text:span>'),
        p("seen") + p("gone", 'text:style-name="H"'),
        p("seen<text:hidden-text>gone</text:hidden-text>"),
        "<text:tracked-changes>" + p("gone") + "</text:tracked-changes>" + p("seen"),
        p('<text:span text:style-name="V">seen</text:span>'),
    ],
)
def test_hidden_and_deleted_text_is_left_out(body: str) -> None:
    assert read(ODT, HIDDEN + body).text == "seen"


FORMULA = "<math><mfrac><mn>5</mn><mn>100</mn></mfrac></math>"
OBJECT = '<draw:frame><draw:object href="./Object 1"/></draw:frame>'
CHART = (
    '<x xmlns:c="c" xmlns:t="t" xmlns:table="table"><c:title><t:p>Orders</t:p></c:title><table:table>'
    "<table:table-row><table:table-cell/><table:table-cell><t:p>2026</t:p></table:table-cell></table:table-row>"
    "<table:table-row><table:table-cell><t:p>Jan</t:p></table:table-cell><table:table-cell><t:p>310</t:p></table:table-cell>"
    "</table:table-row></table:table></x>"
)


def test_formulas_and_charts_are_read_where_they_stand() -> None:
    part = "Object 1/content.xml"
    assert read(ODT, p(f"Is {OBJECT} of it"), {part: FORMULA}).text == "Is 5/100 of it"
    charted = "Above\n\nOrders\n\n| 2026\nJan | 310\n\nBelow"
    assert read(ODT, p(f"Above{OBJECT}") + p("Below"), {part: CHART}).text == charted
    assert read(ODT, p(f"Above{OBJECT}") + p("Below"), {part: "<!DOCTYPE x><x/>"}).text == "Above\n\nBelow"
    assert read(ODT, p(f"A{OBJECT}"), {part: "<x/>"}).notes == (DocumentNote(NoteCode.CHARTS_WITHOUT_TEXT, 1),)
    slides = f'<draw:page><draw:frame presentation:class="title">{p("Sales")}</draw:frame>{OBJECT}</draw:page>'
    assert read(ODP, slides, {part: CHART}).text == "Sales\n\nOrders\n\n| 2026\nJan | 310"
    sheet = f'<table:table table:name="S">{OBJECT}{row(cell("x"))}</table:table>'
    assert read(ODS, sheet, {part: CHART}).text == "S\n\nx\n\nOrders\n\n| 2026\nJan | 310"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}>{p(text) if text else ''}</table:table-cell>"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (row(cell("Item"), cell("EUR")) + row(cell("Rent"), cell("00123")), "Item | EUR\nRent | 00123"),
        (row(cell("a"), cell("", 'table:number-columns-repeated="2"'), cell("b")), "a | | | b"),
        (row(cell("a"), cell("x", 'table:number-columns-repeated="3"')), "a | x | x | x"),
        (row(cell("a"), cell("", 'table:number-columns-repeated="16380"')), "a"),
        (
            row(cell("a"), more='table:number-rows-repeated="2"')
            + row(cell(""), more='table:number-rows-repeated="1048570"'),
            "a\na",
        ),
        (
            row(cell("Zone", 'table:number-rows-spanned="2"'), cell("1"))
            + row("<table:covered-table-cell/>", cell("2")),
            "Zone | 1\nZone | 2",
        ),
        (row(cell("", 'office:value-type="float" office:value="7.5"')), "7.5"),
        (row(cell("x"), cell("", 'table:formula="of:=SUM([.A1])"')), "x | =SUM([.A1])"),
        (
            row(cell("x") + f"<table:table-cell>{COMMENT}{p('5')}</table:table-cell>"),
            "x | 5\n\nComment by Ana on x, 5: why?",
        ),
        (row(cell("x")) + f"<table:shapes><draw:frame>{p('In a box')}</draw:frame></table:shapes>", "x\n\nIn a box"),
    ],
)
def test_sheets_show_what_their_cells_show(rows: str, text: str) -> None:
    parsed = read(ODS, f'<table:table table:name="Sheet">{rows}</table:table>')
    assert parsed.text == f"Sheet\n\n{text}"
    assert [heading.title for heading in parsed.headings] == ["Sheet"]


UNCALCULATED = cell("", "table:formula='of:=A1'")


def test_several_sheets_and_formulas_without_values() -> None:
    sheets = "".join(f'<table:table table:name="{name}">{row(cell(name.lower()))}</table:table>' for name in "AB")
    empty = f'<table:table table:name="C">{row(cell(""))}</table:table>'
    assert read(ODS, sheets + empty).text == "A\n\na\n\nB\n\nb"
    parsed = read(ODS, f'<table:table table:name="A">{row(UNCALCULATED)}</table:table>')
    assert parsed.notes == (DocumentNote(NoteCode.FORMULAS_WITHOUT_VALUE, 1),)


def frame(role: str, text: str) -> str:
    return f'<draw:frame presentation:class="{role}"><draw:text-box>{p(text)}</draw:text-box></draw:frame>'


@pytest.mark.parametrize(
    ("slides", "texts"),
    [
        ([frame("title", "One") + frame("outline", "a"), frame("title", "Two")], ["One\n\na", "Two"]),
        ([f"<draw:custom-shape>{p('Box')}</draw:custom-shape>"], ["Box"]),
        (
            [frame("title", "One") + f"<presentation:notes>{frame('notes', 'say it')}</presentation:notes>"],
            ["One\n\nsay it"],
        ),
        ([frame("title", "One") + frame("footer", "7") + frame("page-number", "1") + frame("date-time", "x")], ["One"]),
        ([f"<draw:frame>{TABLE.format(p('a'))}</draw:frame>", ""], ["a", ""]),
        ([f"<draw:g><draw:g>{frame('outline', 'deep')}</draw:g></draw:g>"], ["deep"]),
    ],
)
def test_slides_are_pages(slides: list[str], texts: list[str]) -> None:
    parsed = read(ODP, "".join(f"<draw:page>{slide}</draw:page>" for slide in slides))
    assert [parsed.text[page.start : page.end].strip() for page in parsed.pages] == texts
    assert [page.number for page in parsed.pages] == list(range(1, len(slides) + 1))


def test_titles_of_slides_are_headings() -> None:
    parsed = read(ODP, f"<draw:page>{frame('outline', 'a')}{frame('title', 'One')}</draw:page>")
    assert [(heading.level, heading.title) for heading in parsed.headings] == [(1, "One")]


@pytest.mark.parametrize("kind", PARSERS)
def test_hostile_open_documents_are_refused(kind: str) -> None:
    good = make_open_document(kind, p("x"))
    for data, error in (
        (good[:-100], ParseFailed),
        (with_member(good, "content.xml", xml_bomb()), DocumentTooComplex),
        (with_member(good, "content.xml", b"<!DOCTYPE x><x/>"), ParseFailed),
        (make_open_document(kind, p("x"), manifest="<encryption-data/>"), EncryptedFile),
    ):
        with pytest.raises(error):
            PARSERS[kind].parse(data, LIMITS)
    many = ParseLimits(page_count=3)
    if kind == ODP:
        with pytest.raises(DocumentTooComplex):
            odp.parse(make_open_document(kind, "<draw:page/>" * 4), many)


@pytest.mark.parametrize("kind", PARSERS)
def test_macros_are_said(kind: str) -> None:
    body = p("x") if kind == ODT else f'<table:table table:name="A">{row(cell("x"))}</table:table>'
    parsed = read(kind, body, {"Basic/Standard/Module1.xml": "<x/>", "Basic/script-lc.xml": "<x/>"})
    assert parsed.notes == (DocumentNote(NoteCode.MACROS_LEFT_OUT, 1),)
