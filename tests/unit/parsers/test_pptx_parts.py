"""Charts, diagrams, formulas and comments of slides."""

from collections.abc import Mapping

import pytest

from ragapp.adapters.parsers import pptx
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.rag.types import ParsedDocument
from tests.fakes.office_files import make_pptx, make_relationships, with_member

LIMITS = ParseLimits()
NAMES = "xmlns:a='a' xmlns:p='p' xmlns:c='c' xmlns:m='m' xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'"


def read(shapes: str, parts: Mapping[str, str] | None = None) -> ParsedDocument:
    """Read a slide of those shapes; `parts` are further parts of it by the kind of their relationship."""
    slide = f"<p:sld {NAMES}><p:spTree>{shapes}</p:spTree></p:sld>"
    data = with_member(make_pptx([("x", [], "")]), "ppt/slides/slide1.xml", slide.encode())
    pointers = [(kind, f"../extra/{number}.xml") for number, kind in enumerate(parts or {})]
    data = with_member(data, "ppt/slides/_rels/slide1.xml.rels", make_relationships(pointers).encode())
    for number, content in enumerate((parts or {}).values()):
        data = with_member(data, f"ppt/extra/{number}.xml", f"<x {NAMES}>{content}</x>".encode())
    return pptx.parse(data, LIMITS)


def box(*runs: str) -> str:
    return f"<p:sp><p:txBody><a:p>{''.join(runs)}</a:p></p:txBody></p:sp>"


def r(text: str, properties: str = "") -> str:
    return f"<a:r><a:rPr {properties}/><a:t>{text}</a:t></a:r>"


def points(name: str, *values: str) -> str:
    listed = "".join(f"<c:pt idx='{number}'><c:v>{value}</c:v></c:pt>" for number, value in enumerate(values))
    return f"<c:{name}>{listed}</c:{name}>"


FRAME = "<p:graphicFrame><c:chart r:id='rId1'/></p:graphicFrame>"
TITLE = "<c:title><a:p><a:r><a:t>Orders </a:t></a:r><a:r><a:t>2026</a:t></a:r></a:p></c:title>"


@pytest.mark.parametrize(
    ("chart", "text"),
    [
        (
            f"{TITLE}<c:ser>{points('tx', 'Web')}{points('cat', 'Jan', 'Mar')}{points('val', '310', '402')}</c:ser>",
            "Orders 2026\n\n| Web\nJan | 310\nMar | 402",
        ),
        (
            f"<c:ser>{points('tx', 'A')}{points('cat', 'Q1')}{points('val', '1')}</c:ser>"
            f"<c:ser>{points('tx', 'B')}{points('cat', 'Q1')}{points('val', '2')}</c:ser>",
            "| A | B\nQ1 | 1 | 2",
        ),
        (f"<c:ser>{points('xVal', '1.5', '2')}{points('yVal', '10', '20')}</c:ser>", "1.5 | 10\n2 | 20"),
        (
            f"<c:ser>{points('val', '7')}</c:ser><c:catAx><c:title><a:t>Month</a:t></c:title></c:catAx>"
            "<c:valAx><c:title><a:t>EUR</a:t></c:title></c:valAx>",
            "Month\n| 7\n\nEUR",
        ),
        (
            "<c:ser><c:cat><c:multiLvlStrRef><c:lvl><c:pt idx='0'><c:v>Jan</c:v></c:pt></c:lvl>"
            f"<c:lvl><c:pt idx='0'><c:v>2026</c:v></c:pt></c:lvl></c:multiLvlStrRef></c:cat>{points('val', '5')}</c:ser>",  # noqa: E501
            "2026 Jan | 5",
        ),
        (f"{TITLE}<c:ser>{points('cat', '', 'Mar')}{points('val', '', '402')}</c:ser>", "Orders 2026\n\nMar | 402"),
    ],
)
def test_a_chart_is_its_title_and_a_table_of_its_values(chart: str, text: str) -> None:
    parsed = read(box(r("Above")) + FRAME + box(r("Below")), {"chart": chart})
    assert parsed.text == f"Above\n\n{text}\n\nBelow"


def test_a_chart_of_the_newer_kind_is_read() -> None:
    chart = "<chartData><data><strDim><lvl><pt idx='0'>Jan</pt></lvl></strDim><numDim><lvl><pt idx='0'>5</pt></lvl></numDim></data></chartData>"  # noqa: E501
    assert read(FRAME, {"chartEx": chart}).text == "Jan | 5"


def test_a_chart_without_anything_is_said() -> None:
    parsed = read(box(r("Above")) + FRAME, {"chart": "<c:plotArea/>"})
    assert parsed.notes == (DocumentNote(NoteCode.CHARTS_WITHOUT_TEXT, 1),)


DIAGRAM = "<p:graphicFrame><relIds r:dm='rId1'/></p:graphicFrame>"


def pt(number: int, text: str, more: str = "") -> str:
    return f"<pt modelId='{number}' {more}><t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></t></pt>"


def cxn(above: int, below: int, order: int, kind: str = "") -> str:
    return f"<cxn {kind} srcId='{above}' destId='{below}' srcOrd='{order}'/>"


@pytest.mark.parametrize(
    ("diagram", "text"),
    [
        (pt(1, "Plan") + pt(2, "Do"), "- Plan\n- Do"),
        (pt(0, "", "type='doc'") + pt(2, "Do") + pt(1, "Plan") + cxn(0, 2, 1) + cxn(0, 1, 0), "- Plan\n- Do"),
        (
            pt(0, "", "type='doc'")
            + pt(1, "A")
            + pt(2, "B")
            + pt(3, "A1")
            + cxn(0, 1, 0)
            + cxn(0, 2, 1)
            + cxn(1, 3, 0),
            "- A\n- A1\n- B",
        ),
        (pt(0, "", "type='doc'") + pt(1, "A") + cxn(0, 1, 0) + cxn(1, 0, 0), "- A"),
        (pt(1, "A") + pt(2, "form") + cxn(1, 2, 0, "type='presOf'"), "- A\n- form"),
    ],
)
def test_a_diagram_is_a_list_in_its_order(diagram: str, text: str) -> None:
    assert read(DIAGRAM, {"diagramData": diagram}).text == text


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (
            "<m:oMath><m:f><m:num><m:r><m:t>5</m:t></m:r></m:num><m:den><m:r><m:t>100</m:t></m:r></m:den></m:f></m:oMath>",
            "5/100",
        ),
        (r("10") + r("6", "baseline='30000'"), "10^6"),
        (r("m") + r("2", "baseline='30000'"), "m2"),
        (r("H") + r("2", "baseline='-25000'") + r("O"), "H2O"),
        (r("1") + r("0", "baseline='0'"), "10"),
    ],
)
def test_formulas_and_powers_stay_readable(run: str, text: str) -> None:
    assert read(box(run)).text == text


@pytest.mark.parametrize(
    ("comments", "text"),
    [
        ("<p:cm><p:text>Check this</p:text></p:cm>", "Comment: Check this"),
        ("<p:cm><p:text>One</p:text></p:cm><p:cm><p:text>Two</p:text></p:cm>", "Comment: One\n\nComment: Two"),
        ("<cm><txBody><a:p><a:r><a:t>New kind</a:t></a:r></a:p></txBody></cm>", "Comment: New kind"),
        ("<p:cm><p:text> </p:text></p:cm>", ""),
        ("", ""),
    ],
)
def test_comments_follow_the_slide(comments: str, text: str) -> None:
    assert read(box(r("Slide")), {"comments": comments}).text == f"Slide\n\n{text}".strip()


def test_macros_are_said() -> None:
    data = with_member(make_pptx([("x", [], "")]), "ppt/vbaProject.bin", b"code")
    assert pptx.parse(data, LIMITS).notes == (DocumentNote(NoteCode.MACROS_LEFT_OUT, 1),)
