import pytest

from ragapp.adapters.parsers import xlsx
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.xlsx_numbers import show_number
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed
from tests.fakes import files
from tests.fakes.office_files import make_xlsx, with_member, xml_bomb, xml_with_entities

LIMITS = ParseLimits()
STAFF = {
    "Plaće & čl. 5": [["Ime", "Datum", "", "Iznos"], ["Đuro Žgela", (46112, 1), "", (1234.5, 3)], ["", ""], ["", 0.25]],
    "Prazan": [[""]],
    "Udjeli": [[(0.125, 2), 3.0, 0.1 + 0.2]],
}


def test_sheets_are_headings_and_rows_show_what_cells_show() -> None:
    parsed = xlsx.parse(make_xlsx(STAFF), LIMITS)
    assert parsed.text == (
        "Plaće & čl. 5\n\nIme | Datum | | Iznos\nĐuro Žgela | 2026-03-31 | | 1234.50 €\n| 0.25\n\n"
        "Udjeli\n\n12.50% | 3 | 0.3"
    )
    assert [heading.title for heading in parsed.headings] == ["Plaće & čl. 5", "Udjeli"]


def test_days_may_count_from_1904() -> None:
    assert "2030-04-01" in xlsx.parse(make_xlsx({"A": [[(46112, 1)]]}, date_1904=True), LIMITS).text


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.5, "h:mm", "12:00"),
        (46112.75, "yyyy-mm-dd hh:mm", "2026-03-31 18:00"),
        (46112, "mmm", "2026-03-31"),
        (1.5, "[h]:mm", "36:00"),
        (-1, "d.m.yyyy", "-1"),
        (12.5, "[$€-41A] #,##0.00", "€ 12.50"),
        (12.5, '0.00 "dana"', "12.50 dana"),
        (12.5, "[Red]0.0#;-0.0#", "12.5"),
        (1200000, "0.0,,", "1200000"),
        (0.75, "# ?/?", "0.75"),
        (12, "@", "12"),
        (-3.14159, "0.00", "-3.14"),
        (7, "General", "7"),
    ],
)
def test_numbers_are_shown_in_their_format(value: float, code: str, shown: str) -> None:
    assert show_number(value, str(value), code) == shown


CELLS = b"""<worksheet><sheetData><row><c t="inlineStr"><is><t>Umetnut \xc4\x91ak</t><rPh><t>no</t></rPh></is></c>
<c t="b"><v>1</v></c><c t="str"><f>A1</f><v>izra\xc4\x8dun</v></c><c t="e"><v>#N/A</v></c><c t="s"><v>99</v></c>
<c r="XFD1" s="77"><v>12345678901234567890</v></c></row></sheetData></worksheet>"""


def test_every_kind_of_cell_is_read() -> None:
    data = with_member(make_xlsx({"List": [["x"]]}), "xl/worksheets/sheet1.xml", CELLS)
    read = xlsx.parse(data, LIMITS).text.split("\n\n")[1]
    assert read == "Umetnut đak | TRUE | izračun | #N/A " + "| " * 10 + "12345678901234567890"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (files.encrypted_docx(), EncryptedFile),
        (files.make_docx(["text"]), ParseFailed),
        (make_xlsx(STAFF)[:-100], ParseFailed),
        (with_member(make_xlsx(STAFF), "xl/sharedStrings.xml", xml_bomb()), DocumentTooComplex),
        (with_member(make_xlsx(STAFF), "xl/worksheets/sheet1.xml", xml_bomb()), DocumentTooComplex),
        (with_member(make_xlsx(STAFF), "xl/workbook.xml", xml_with_entities()), ParseFailed),
        (with_member(make_xlsx(STAFF), "xl/worksheets/sheet1.xml", b"<worksheet><row>"), ParseFailed),
    ],
)
def test_hostile_workbooks_are_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        xlsx.parse(data, LIMITS)
