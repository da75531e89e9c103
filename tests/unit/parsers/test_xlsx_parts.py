"""Cells as they are shown, and what lies over them."""

import pytest

from ragapp.adapters.parsers import xlsx
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.number_formats import show_text
from ragapp.adapters.parsers.xlsx_numbers import show_number
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.rag.types import ParsedDocument
from tests.fakes.office_files import make_relationships, make_xlsx, with_member

LIMITS = ParseLimits()
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (123, "00000", "00123"),
        (1234, '"HR-"00000', "HR-01234"),
        (1234567890, "00000000000", "01234567890"),
        (385915550123, r"+000\ 00\ 000\ 0000", "+385 91 555 0123"),
        (123456789, "000-00-0000", "123-45-6789"),
        (5551234, "[<=9999999]###-####;(###) ###-####", "555-1234"),
        (9155501234, "[<=9999999]###-####;(###) ###-####", "(915) 550-1234"),
        (1, '"Da";;"Ne"', "Da"),
        (0, '"Da";;"Ne"', "Ne"),
        (0, '0.00;-0.00;"-"', "-"),
        (-250, "0.00;[Red]0.00", "-250.00"),
        (-1234.5, "#,##0.00;(#,##0.00)", "(1234.50)"),
        (5, 'General" kg"', "5 kg"),
        (-5, 'General" kg"', "-5 kg"),
        (0.5, ".00", ".50"),
        (0.125, "0.0%", "12.5%"),
        (12, '"br. "#', "br. 12"),
        (7, r"\R\-000", "R-007"),
        (3, "0_);(0)", "3"),
        (1.234567890123457e16, "", "12345678901234570"),
        (float("inf"), "0.00", "inf"),
    ],
)
def test_codes_masks_and_words_are_shown_as_in_the_cell(value: float, code: str, shown: str) -> None:
    assert show_number(value, repr(value), code) == shown


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("17", '"HR-"@', "HR-17"),
        ("17", "0;-0;0;@\\.", "17."),
        ("17", "@", "17"),
        ("17", "0.00", "17"),
        ("17", '"@"', "17"),
        ("a", '@" (old)"', "a (old)"),
    ],
)
def test_a_text_is_shown_in_the_section_for_texts(text: str, code: str, shown: str) -> None:
    assert show_text(text, code) == shown


def read(cells: str, **parts: str) -> ParsedDocument:
    """Read a sheet of those rows; `parts` are further parts of the sheet by kind."""
    data = make_xlsx({"Costs": [["x"]]})
    data = with_member(data, SHEET, f"<worksheet><sheetData>{cells}</sheetData></worksheet>".encode())
    pointers = [(kind, f"/xl/extra/{kind}.xml") for kind in parts]
    data = with_member(data, "xl/worksheets/_rels/sheet1.xml.rels", make_relationships(pointers).encode())
    for kind, content in parts.items():
        data = with_member(data, f"xl/extra/{kind}.xml", content.encode())
    return xlsx.parse(data, LIMITS)


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


ROWS = (
    f'<row r="1">{cell("A1", "Item")}{cell("B1", "EUR")}</row><row r="2">{cell("A2", "Rent")}{cell("B2", "300")}</row>'
)
TABLE = "Costs\n\nItem | EUR\nRent | 300"


@pytest.mark.parametrize(
    ("formula", "shown", "count"),
    [
        ("<c r='B1'><f>SUM(A1:A2)</f><v></v></c>", "x | =SUM(A1:A2)", 1),
        ("<c r='B1'><f>SUM(A1:A2)</f></c>", "x | =SUM(A1:A2)", 1),
        ("<c r='B1'><f>SUM(A1:A2)</f><v>7</v></c>", "x | 7", 0),
        ("<c r='B1' t='str'><f>IF(A1,\"\",1)</f><v></v></c>", "x", 0),
        ("<c r='B1'><f t='shared' si='0'/></c><c r='C1'><f>A1&amp;\"a\"</f></c>", 'x | | =A1&"a"', 2),
        ("<c r='B1' t='b'><f>A1=1</f></c>", "x | =A1=1", 1),
    ],
)
def test_a_formula_without_a_value_says_so(formula: str, shown: str, count: int) -> None:
    parsed = read(f"<row r='1'>{cell('A1', 'x')}{formula}</row>")
    assert parsed.text == f"Costs\n\n{shown}"
    assert parsed.notes == ((DocumentNote(NoteCode.FORMULAS_WITHOUT_VALUE, count),) if count else ())


AUTHORS = "<authors><author>Ana</author><author>tc={1}</author></authors>"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            {"comments": f"<x>{AUTHORS}<comment ref='B2' authorId='0'><text><t>With heating</t></text></comment></x>"},
            f"{TABLE}\n\nComment by Ana on B2 (Rent, 300): With heating",
        ),
        (
            {
                "comments": f"<x>{AUTHORS}<comment ref='A2' authorId='0'><text><r><t>Ana:</t></r><r><t> Old</t></r></text></comment></x>"  # noqa: E501
            },
            f"{TABLE}\n\nComment by Ana on A2 (Rent): Old",
        ),
        (
            {"comments": "<x><comment ref='Z99' authorId='5'><text><t>Far</t></text></comment></x>"},
            f"{TABLE}\n\nComment on Z99: Far",
        ),
        (
            {
                "comments": f"<x>{AUTHORS}<comment ref='B2' authorId='1'><text><t>[Threaded comment] x</t></text></comment></x>",  # noqa: E501
                "threadedComment": "<x><threadedComment ref='B2'><text>Why?</text></threadedComment></x>",
            },
            f"{TABLE}\n\nComment on B2 (Rent, 300): Why?",
        ),
        (
            {"comments": f"<x>{AUTHORS}<comment ref='B1' authorId='9'><text><t>Net</t></text></comment></x>"},
            f"{TABLE}\n\nComment on B1 (Item, EUR): Net",
        ),
    ],
)
def test_comments_say_which_cell_they_are_on(parts: dict[str, str], text: str) -> None:
    assert read(ROWS, **parts).text == text


DRAWN = (
    "<x xmlns:a='a' xmlns:r='r'><a:sp><a:txBody><a:p><a:r><a:t>Note: </a:t></a:r><a:r><a:t>net</a:t></a:r></a:p></a:txBody></a:sp>"  # noqa: E501
    "<a:graphicFrame><a:chart r:id='rId1'/></a:graphicFrame></x>"
)
CHART = (
    "<x><chart><title><t>Orders</t></title><ser><tx><pt idx='0'><v>2026</v></pt></tx><cat><pt idx='0'><v>Jan</v></pt></cat>"  # noqa: E501
    "<val><pt idx='0'><v>310</v></pt></val></ser></chart></x>"
)


def test_text_boxes_and_charts_of_a_sheet_are_read() -> None:
    data = make_xlsx({"Costs": [["Item"]]})
    data = with_member(
        data, "xl/worksheets/_rels/sheet1.xml.rels", make_relationships([("drawing", "/xl/d.xml")]).encode()
    )
    data = with_member(data, "xl/d.xml", DRAWN.encode())
    data = with_member(data, "xl/_rels/d.xml.rels", make_relationships([("chart", "/xl/c.xml")]).encode())
    parsed = xlsx.parse(with_member(data, "xl/c.xml", CHART.encode()), LIMITS)
    assert parsed.text == "Costs\n\nItem\n\nNote: net\n\nOrders\n\n| 2026\nJan | 310"


def test_macros_are_said() -> None:
    data = with_member(make_xlsx({"A": [["x"]]}), "xl/vbaProject.bin", b"code")
    assert xlsx.parse(data, LIMITS).notes == (DocumentNote(NoteCode.MACROS_LEFT_OUT, 1),)
