"""What stands in a Word file beside its plain paragraphs: notes, headers, fields, formulas, symbols, charts."""

from collections.abc import Mapping

import pytest

from ragapp.adapters.parsers import docx
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.rag.types import ParsedDocument
from tests.fakes.office_files import make_archive, make_relationships

LIMITS = ParseLimits()
NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)


def read(body: str, parts: Mapping[str, str] | None = None, *, styles: str = "") -> ParsedDocument:
    """Read a document with that body; `parts` are further parts by the kind and name of their relationship."""
    named = {f"word/{key.partition(':')[2]}.xml": f"<x {NAMES}>{inner}</x>" for key, inner in (parts or {}).items()}
    pointers = [(key.partition(":")[0], f"{key.partition(':')[2]}.xml") for key in parts or {}]
    members = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {NAMES}>{styles}</w:styles>",
        "word/_rels/document.xml.rels": make_relationships([*pointers, ("styles", "styles.xml")]),
        **named,
    }
    return docx.parse(make_archive(members), LIMITS)


def p(*runs: str) -> str:
    return f"<w:p>{''.join(run if run.startswith('<') else r(run) for run in runs)}</w:p>"


def r(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def note(kind: str, number: int, *paragraphs: str, more: str = "") -> str:
    return f'<w:{kind} w:id="{number}" {more}>{"".join(map(p, paragraphs))}</w:{kind}>'


def call(kind: str, number: int) -> str:
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


@pytest.mark.parametrize(
    ("body", "parts", "text"),
    [
        (
            p("Limited", call("footnote", 2), " to the fee.") + p("End"),
            {"footnotes:footnotes": note("footnote", 0, "") + note("footnote", 2, "Except", "gross")},
            "Limited to the fee.\n\n* Except gross\n\nEnd",
        ),
        (p("A", call("endnote", 1)) + p("B"), {"endnotes:e": note("endnote", 1, "late")}, "A\n\n* late\n\nB"),
        (
            p("A", call("comment", 1)) + p("B"),
            {"comments:c": note("comment", 1, "why?", more='w:author="Ana"')},
            "A\n\nComment (Ana): why?\n\nB",
        ),
        (p("A") + p("B"), {"comments:c": note("comment", 9, "nowhere")}, "A\n\nB\n\nComment: nowhere"),
        (
            f"<w:tbl><w:tr><w:tc>{p('x')}</w:tc><w:tc>{p('5', call('footnote', 1))}</w:tc></w:tr></w:tbl>",
            {"footnotes:f": note("footnote", 1, "net")},
            "x | 5 (* net)",
        ),
        (
            p("A", call("footnote", 1), call("endnote", 1)),
            {"footnotes:f": note("footnote", 1, "one"), "endnotes:e": note("endnote", 1, "two")},
            "A\n\n* one\n\n* two",
        ),
    ],
)
def test_notes_stand_behind_what_calls_them(body: str, parts: dict[str, str], text: str) -> None:
    assert read(body, parts).text == text


PAGE = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
PAGE_NUMBER = f"{PAGE.format('begin')}<w:r><w:instrText> PAGE </w:instrText></w:r>{PAGE.format('separate')}{r('7')}{PAGE.format('end')}"  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"header:h1": p("Contract UG-1")}, "Contract UG-1\n\nText"),
        ({"footer:f1": p("OIB 1")}, "Text\n\nOIB 1"),
        ({"header:h1": p("Same"), "header:h2": p("Same"), "header:h3": p("Other")}, "Same\n\nOther\n\nText"),
        ({"footer:f1": p("Page ", PAGE_NUMBER, " of the act"), "header:h1": p(PAGE_NUMBER)}, "Text\n\nPage of the act"),
        ({"footer:f1": p('<w:fldSimple w:instr=" NUMPAGES \\* MERGEFORMAT">' + r("9") + "</w:fldSimple>")}, "Text"),
        (
            {"header:h1": f"<w:tbl><w:tr><w:tc>{p('Firm')}</w:tc><w:tc>{p('OIB 2')}</w:tc></w:tr></w:tbl>"},
            "Firm | OIB 2\n\nText",
        ),
    ],
)
def test_headers_and_footers_are_read_once(parts: dict[str, str], text: str) -> None:
    assert read(p("Text"), parts).text == text


def m(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (f"<m:f><m:fPr/><m:num>{m('5')}</m:num><m:den>{m('100')}</m:den></m:f>", "5/100"),
        (f"<m:sSup><m:e>{m('x')}</m:e><m:sup>{m('2')}</m:sup></m:sSup>", "x^2"),
        (f"<m:rad><m:deg/><m:e>{m('2')}</m:e></m:rad>", "√2"),
        (f"<m:rad><m:deg>{m('3')}</m:deg><m:e>{m('a+b')}</m:e></m:rad>", "3√(a+b)"),
        (f"<m:f><m:num>{m('a+b')}</m:num><m:den>{m('2')}</m:den></m:f>", "(a+b)/2"),
        (f"<m:sSub><m:e>{m('H')}</m:e><m:sub>{m('2')}</m:sub></m:sSub>{m('O')}", "H_2O"),
        (f'<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val="]"/></m:dPr><m:e>{m("1")}</m:e></m:d>', "[1]"),
        (
            f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{m("i=1")}</m:sub><m:sup>{m("n")}</m:sup>'
            f"<m:e>{m('i')}</m:e></m:nary>",
            "∑_(i=1)^n i",
        ),
        (
            f"<m:f><m:num><m:f><m:num>{m('1')}</m:num><m:den>{m('2')}</m:den></m:f></m:num><m:den>{m('3')}</m:den></m:f>",
            "(1/2)/3",
        ),
    ],
)
def test_formulas_are_read_in_a_line(formula: str, text: str) -> None:
    assert read(p("Is ", f"<m:oMath>{formula}</m:oMath>", " of it")).text == f"Is {text} of it"


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ('<w:r><w:sym w:font="Symbol" w:char="F0B0"/></w:r>', "21°C"),
        ('<w:r><w:sym w:font="Symbol" w:char="B1"/></w:r>', "21±C"),
        (r("\uf0b0", '<w:rFonts w:ascii="Symbol"/>'), "21°C"),
        (r("m", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>'), "21μC"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0E0"/></w:r>', "21→C"),
        ('<w:r><w:sym w:font="Symbol" w:char="xyz"/></w:r>', "21C"),
        (r("2", '<w:vertAlign w:val="superscript"/>'), "21^2C"),
    ],
)
def test_symbols_and_powers_are_signs(run: str, text: str) -> None:
    assert read(p("21", run, "C")).text == text


BOX = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox>{}</w:checkBox></w:ffData></w:fldChar></w:r>'
LIST = (
    '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="A"/>'
    '<w:listEntry w:val="B"/></w:ddList></w:ffData></w:fldChar></w:r>'
)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ('<w:sdt><w:sdtContent><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:sdtContent></w:sdt>', "☑ yes"),
        ("<w:sdt><w:sdtContent>" + r("☐") + "</w:sdtContent></w:sdt>", "☐ yes"),
        (BOX.format('<w:default w:val="0"/><w:checked/>') + PAGE.format("end"), "☒ yes"),
        (BOX.format('<w:default w:val="1"/>') + PAGE.format("end"), "☒ yes"),
        (BOX.format('<w:default w:val="1"/><w:checked w:val="0"/>') + PAGE.format("end"), "☐ yes"),
        (LIST + PAGE.format("end"), "B yes"),
    ],
)
def test_boxes_and_lists_of_forms_show_their_state(field: str, text: str) -> None:
    assert read(p(field, " yes")).text == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (p("seen", r(" gone", "<w:vanish/>")), "seen"),
        (p("seen", r(" seen", '<w:vanish w:val="0"/>')), "seen seen"),
        (p("seen", r(" gone", '<w:rStyle w:val="Hid"/>')), "seen"),
        ("<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>" + r("seen") + "</w:p>", "seen"),
        (p("seen", "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"), "seen"),
        (p("seen", '<w:r><w:rPr><w:vanish/></w:rPr><w:sym w:font="Symbol" w:char="B0"/></w:r>'), "seen"),
    ],
)
def test_hidden_text_is_left_out(body: str, text: str) -> None:
    styles = '<w:style w:type="character" w:styleId="Hid"><w:rPr><w:vanish/></w:rPr></w:style>'
    assert read(body, styles=styles).text == text


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{p('In the box')}</w:txbxContent>"
    alternate = f"<w:r><AlternateContent><Choice>{box}</Choice><Fallback>{box}</Fallback></AlternateContent></w:r>"
    assert read(p("Around", alternate)).text == "In the box\n\nAround"


CHART = "<w:r><c:chart r:id='rId1'/></w:r>"
VALUES = (
    "<c:title><a:t>Orders</a:t></c:title><c:ser><c:tx><c:pt idx='0'><c:v>2026</c:v></c:pt></c:tx>"
    "<c:cat><c:pt idx='0'><c:v>Jan</c:v></c:pt><c:pt idx='1'><c:v>Mar</c:v></c:pt></c:cat>"
    "<c:val><c:pt idx='0'><c:v>310</c:v></c:pt><c:pt idx='1'><c:v>402</c:v></c:pt></c:val></c:ser>"
)


def test_charts_and_diagrams_are_read_where_they_stand() -> None:
    parsed = read(p("Above", CHART) + p("Below"), {"chart:chart1": VALUES})
    assert parsed.text == "Above\n\nOrders\n\n| 2026\nJan | 310\nMar | 402\n\nBelow"
    diagram = "<dgm:pt modelId='1'><dgm:t><a:p><a:r><a:t>Step</a:t></a:r></a:p></dgm:t></dgm:pt>"
    parsed = read(p("Above", "<w:r><dgm:relIds r:dm='rId1'/></w:r>"), {"diagramData:data1": diagram})
    assert parsed.text == "Above\n\n- Step"


def test_a_chart_without_text_and_macros_are_said() -> None:
    assert read(p("A", CHART), {"chart:chart1": ""}).notes == (DocumentNote(NoteCode.CHARTS_WITHOUT_TEXT, 1),)
    parsed = docx.parse(
        make_archive({"word/document.xml": f"<w:p {NAMES}>{r('A')}</w:p>", "word/vbaProject.bin": b"x"}), LIMITS
    )
    assert parsed.notes == (DocumentNote(NoteCode.MACROS_LEFT_OUT, 1),)


def test_broken_parts_and_fields_lose_no_text() -> None:
    broken = (PAGE.format("end"), PAGE.format("separate"), "<w:r><c:chart r:id='no'/></w:r>")
    assert read(p(*broken, "text")).text == "text"
    assert read(p("<m:oMath>" + "<m:f>" * 500 + m("x") + "</m:f>" * 500 + "</m:oMath>", "text")).text == "xtext"
    assert read(p(call("footnote", 7), "text")).text == "text"
