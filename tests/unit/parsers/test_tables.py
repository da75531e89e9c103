"""Tables keep their column names, whatever the format and however they begin."""

import pytest

from ragapp.adapters.parsers import delimited, docx, html, markdown, odt, pdf, pptx, xlsx
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.table_header import find_header
from ragapp.rag.rows import split_cells
from ragapp.rag.types import ParsedDocument
from tests.fakes import files
from tests.fakes.office_files import make_odt, make_xlsx
from tests.fakes.table_files import FORMATS, make_table_pdf

LIMITS = ParseLimits()
PARSERS = {
    "csv": delimited.parse,
    "xlsx": xlsx.parse,
    "docx": docx.parse,
    "html": html.parse,
    "md": markdown.parse,
    "pdf": pdf.parse,
    "odt": odt.parse,
    "pptx": pptx.parse,
}
STOCK = [
    ["Šifra", "Naziv artikla", "Cijena (EUR)", "Količina"],
    ["KU-3512", "Klima-uređaj", "1.548,00", "6"],
    ["FS-01", "Filtar sušač", "12,50", "140"],
    ["DT-08", "Dizalica topline", "3.593,06", "2"],
]


def rows_of(parsed: ParsedDocument, number: int = 0) -> list[list[str]]:
    table = parsed.tables[number]
    lines = parsed.text[table.body_start : table.end].split("\n")
    return [split_cells(line, len(table.columns)) for line in lines]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format_gives_the_names_of_the_columns_and_a_line_for_each_row(suffix: str) -> None:
    parsed = PARSERS[suffix](FORMATS[suffix](STOCK), LIMITS)
    (table,) = parsed.tables
    assert table.columns == tuple(STOCK[0])
    assert rows_of(parsed) == STOCK[1:]


@pytest.mark.parametrize("suffix", sorted(set(FORMATS) - {"md"}))
def test_a_table_without_a_header_has_columns_without_names(suffix: str) -> None:
    people = [["Ana Kos", "Split", "2021"], ["Ivo Ban", "Zadar", "2019"], ["Mia Rak", "Split", "2020"]]
    parsed = PARSERS[suffix](FORMATS[suffix](people), LIMITS)
    (table,) = parsed.tables
    assert table.columns == ("", "", "")
    assert rows_of(parsed) == people


@pytest.mark.parametrize(
    ("rows", "titles", "columns"),
    [
        ([["Izvještaj 2026"], ["Šifra", "Cijena"], ["A1", "3,20"], ["A2", "4,10"]], 1, ("Šifra", "Cijena")),
        ([["Vrsta", "2023", "2024"], ["Servis", "12", "14"], ["Prodaja", "80", "91"]], 0, ("Vrsta", "2023", "2024")),
        ([["Mast (g)", "Snaga (kW)"], ["1,5", "2"], ["2,5", "3"]], 0, ("Mast (g)", "Snaga (kW)")),
        ([["1", "2"], ["3", "4"], ["5", "6"]], 0, ("", "")),
        ([["INV-1", "Ana"], ["INV-2", "Ivo"], ["INV-3", "Mia"]], 0, ("", "")),
        ([["Naziv:", "Bura d.o.o."], ["OIB:", "0417"], ["Adresa:", "Split"]], 0, ("", "")),
        ([["Naziv", "Bura d.o.o."], ["Adresa", "Split"], ["Telefon", "021 000"]], 0, ("", "")),
        ([["Zona", "Cijena", "", "Rok"], ["", "dan", "noć", ""], ["P1", "3", "2", "1 d"], ["P2", "4", "3", "2 d"]], 0,
         ("Zona", "Cijena › dan", "Cijena › noć", "Rok")),
        ([["Role", "Duties"], ["Clerk", "opens the case and closes it"], ["Lead", "signs"]], 0, ("Role", "Duties")),
    ],
)  # fmt: skip
def test_the_header_is_told_from_titles_and_values(
    rows: list[list[str]], titles: int, columns: tuple[str, ...]
) -> None:
    header = find_header(rows, [False] * len(rows))
    assert (header.titles, header.columns) == (titles, columns)


def test_what_the_file_marks_as_header_is_one() -> None:
    page = "<table><thead><tr><th>Ana</th><th>Ivo</th></tr></thead><tr><td>Luka</td><td>Eva</td></tr></table>"
    assert html.parse(page.encode(), LIMITS).tables[0].columns == ("Ana", "Ivo")
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    rows = "".join(
        f"<w:tr>{marked}{cell.format(name)}{cell.format('x')}</w:tr>"
        for marked, name in [("<w:trPr><w:tblHeader/></w:trPr>", "Ana"), ("", "Ivo")]
    )
    xml = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        f"<w:tbl>{rows}</w:tbl></w:body></w:document>"
    )
    assert docx.parse(files.docx_with_xml(xml.encode()), LIMITS).tables[0].columns == ("Ana", "x")


def test_cells_that_reach_down_stand_in_every_row() -> None:
    page = (
        "<table><tr><td>Zona</td><td>Dan</td><td>Sat</td></tr><tr><td rowspan=2>Sjever</td><td>ponedjeljak</td>"
        "<td>6</td></tr><tr><td>utorak</td><td>7</td></tr><tr><td>Jug</td><td>srijeda</td><td>8</td></tr></table>"
    )
    assert rows_of(html.parse(page.encode(), LIMITS)) == [
        ["Sjever", "ponedjeljak", "6"],
        ["Sjever", "utorak", "7"],
        ["Jug", "srijeda", "8"],
    ]
    cells = (
        "<table:table><table:table-row><table:table-cell><text:p>Zona</text:p></table:table-cell><table:table-cell>"
        "<text:p>Sat</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell "
        'table:number-rows-spanned="2"><text:p>Sjever</text:p></table:table-cell><table:table-cell><text:p>6</text:p>'
        "</table:table-cell></table:table-row><table:table-row><table:covered-table-cell/><table:table-cell>"
        "<text:p>7</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert rows_of(odt.parse(make_odt(cells), LIMITS)) == [["Sjever", "6"], ["Sjever", "7"]]


def test_two_tables_on_a_sheet_are_two_and_a_gap_inside_one_is_none() -> None:
    sheet = [
        ["Djelatnik", "Dani"], ["Ana", "25"], [""], ["Ivo", "22"], [""], [""],
        ["Artikl", "Cijena", "Rok"], ["Vijak", "3,20", "5 dana"], ["Matica", "1,10", "2 dana"],
    ]  # fmt: skip
    parsed = xlsx.parse(make_xlsx({"List": sheet}), LIMITS)
    assert [table.columns for table in parsed.tables] == [("Djelatnik", "Dani"), ("Artikl", "Cijena", "Rok")]
    assert rows_of(parsed) == [["Ana", "25"], ["Ivo", "22"]]
    assert rows_of(parsed, 1) == [["Vijak", "3,20", "5 dana"], ["Matica", "1,10", "2 dana"]]


def test_a_title_line_and_cells_with_line_ends_do_not_hide_the_delimiter() -> None:
    written = 'Prodaja 2026\n\nŠifra;Naziv;Cijena\nA1;Vijak;3,20\nA2;"Matica\nduga";4,10'
    parsed = delimited.parse(written.encode(), LIMITS)
    assert parsed.tables[0].columns == ("Šifra", "Naziv", "Cijena")
    assert rows_of(parsed) == [["A1", "Vijak", "3,20"], ["A2", "Matica duga", "4,10"]]
    assert parsed.text.startswith("Prodaja 2026\n\n")


def test_a_bar_in_a_cell_does_not_part_it() -> None:
    parsed = delimited.parse(b"Code;Meaning\nA;x | y\nB;z", LIMITS)
    assert rows_of(parsed) == [["A", "x|y"], ["B", "z"]]
    written = markdown.parse(b"| Code | Meaning |\n|---|---|\n| A | x \\| y |\n|B||", LIMITS)
    assert rows_of(written) == [["A", "x | y"], ["B", ""]]


def test_markdown_tables_in_code_are_code() -> None:
    assert markdown.parse(b"```\na | b\n--|--\n1 | 2\n```\n", LIMITS).tables == ()


WIDTHS = [90, 180, 70, 70]


@pytest.mark.parametrize("ruled", [True, False])
def test_cells_of_two_lines_in_pdf_stay_in_their_row(ruled: bool) -> None:
    rows = [
        ["Part", "Name of the part", "Stock", "Price"],
        ["RP-1", "Gasket for the pump\nof the second stage", "14", "12.50"],
        ["RP-2", "Bearing", "3", "7.10"],
        ["RP-3", "Valve", "9", "3.00"],
    ]
    parsed = pdf.parse(make_table_pdf(rows, WIDTHS, ruled=ruled, above="Spare parts of the pump"), LIMITS)
    (table,) = parsed.tables
    assert table.columns == tuple(rows[0])
    assert rows_of(parsed) == [[cell.replace("\n", " ") for cell in row] for row in rows[1:]]
    assert parsed.text.startswith("Spare parts of the pump\n\n")


def test_a_pdf_table_that_goes_on_over_the_page_keeps_its_names() -> None:
    rows = [["Part", "Name", "Stock", "Price"], *([f"RP-{n}", f"Valve {n}", str(n), f"{n}.50"] for n in range(1, 120))]
    parsed = pdf.parse(make_table_pdf(rows, WIDTHS), LIMITS)
    assert len(parsed.pages) == len(parsed.tables) == 3
    assert {table.columns for table in parsed.tables} == {tuple(rows[0])}
    assert [row for number in range(3) for row in rows_of(parsed, number)] == rows[1:]


def test_a_cell_that_fills_its_column_is_cut_at_the_ruling_line() -> None:
    rows = [["Code", "Meaning", "Remedy", "Who"], ["E1", "aaaa bbbb cccc dddd eeee ffff ggg", "Wait", "User"]]
    rows.append(["E2", "cold", "Heat it", "User"])
    parsed = pdf.parse(make_table_pdf(rows, [60, 164, 80, 60], ruled=True), LIMITS)
    assert rows_of(parsed)[0] == rows[1]


LEFT = (
    "The northern store keeps food",
    "and is open from six in the",
    "morning until two. Access is",
    "given by the guard at the gate",
)
RIGHT = (
    "The southern store keeps paint",
    "and solvents, so that nobody",
    "may enter it without a trained",
    "escort of the safety officer",
)


def test_columns_of_running_text_are_no_table_and_are_read_one_after_the_other() -> None:
    parsed = pdf.parse(make_table_pdf(list(zip(LEFT, RIGHT, strict=True)), [200, 200]), LIMITS)
    assert parsed.tables == ()
    assert parsed.text.replace("\n\n", " ").replace("\n", " ") == " ".join((*LEFT, *RIGHT))


def test_numbered_paragraphs_are_no_table() -> None:
    rows = [[f"{number}.", f"Rule number {number} of the house."] for number in range(1, 6)]
    assert pdf.parse(make_table_pdf(rows, [40, 300]), LIMITS).tables == ()


def test_cells_that_all_reach_down_do_not_make_rows_ever_wider() -> None:
    page = "<table>" + "<tr><td rowspan=9999>x</td><td rowspan=9999 colspan=60></td></tr>" * 1500 + "</table>"
    lines = html.parse(page.encode(), LIMITS).text.split("\n")
    assert max(line.count("|") for line in lines) < 700
