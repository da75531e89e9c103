import json as standard_json

import pytest

from ragapp.adapters.parsers import delimited, json, plain
from ragapp.adapters.parsers.limits import ParseLimits

LIMITS = ParseLimits()


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1250", "utf-16"])
def test_rows_of_a_delimited_file_stay_readable(delimiter: str, encoding: str) -> None:
    rows = [["Grad", "Cijena"], ["Čakovec", f'"12{delimiter}50"'], ["", ""], ["Đurđevac", '"dva\nreda ""i"" kraj"']]
    source = "\r\n".join(delimiter.join(row) for row in rows)
    parsed = delimited.parse(source.encode(encoding), LIMITS)
    shown = "12 50" if delimiter == "\t" else f"12{delimiter}50"
    assert parsed.text == f'Grad | Cijena\nČakovec | {shown}\nĐurđevac | dva reda "i" kraj'


def test_decimal_commas_do_not_count_as_delimiters() -> None:
    assert delimited.parse(b"Iznos;Porez\n1,5;0,3\n2,5;0,5", LIMITS).text.startswith("Iznos | Porez\n1,5 | 0,3")


def test_a_delimited_file_may_have_one_column_and_a_very_long_cell() -> None:
    assert delimited.parse(b"a\nb", LIMITS).text == "a\nb"
    assert len(delimited.parse(b"x" * 500_000, LIMITS).text) == 500_000


def test_a_quote_left_open_loses_no_text() -> None:
    assert "kraj" in delimited.parse(b'a;b\n"otvoren;2\nkraj;3', LIMITS).text


def test_json_values_stand_under_the_names_that_lead_to_them() -> None:
    value = {
        "zaposlenici": [
            {"ime": "Đuro Žgela", "adresa": {"grad": "Čakovec"}, "oznake": ["a", "č"], "aktivan": True, "kraj": None},
            {"ime": "Ana", "djeca": [{"ime": "Eva"}], "iznos": 0.1},
        ],
        "verzija": 2,
    }
    parsed = json.parse(standard_json.dumps(value).encode(), LIMITS)
    assert parsed.text == (
        "zaposlenici\n\nime: Đuro Žgela\nadresa.grad: Čakovec\noznake: a, č\naktivan: true\n\n"
        "ime: Ana\ndjeca.1.ime: Eva\niznos: 0.1\n\nverzija: 2"
    )
    assert [heading.title for heading in parsed.headings] == ["zaposlenici"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('"samo tekst"', "samo tekst"),
        ("[1, 2]", "1\n\n2"),
        ("[[1, 2], {}]", "1, 2"),
        ('{"a": [], "b": false}', "a\n\nb: false"),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.10"),
    ],
)
def test_any_json_value_may_stand_alone(source: str, text: str) -> None:
    assert json.parse(source.encode(), LIMITS).text == text


def test_program_text_keeps_its_indentation() -> None:
    source = "def čitaj():\n    return 'đ'\n"
    assert plain.parse(source.encode(), LIMITS).text == source
