"""JSON lines, notebooks, subtitles, reStructuredText, TeX, and tables that begin with more than their header."""

import json as standard_json

import pytest

from ragapp.adapters.parsers import delimited, json, notebook, restructured, subtitles, tex
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import ParseFailed
from tests.fakes.files import CROATIAN_TEXT

LIMITS = ParseLimits()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('{"id": 0, "note": "a"}\n{"id": 1, "note": "b"}', "id: 0\nnote: a\n\nid: 1\nnote: b"),
        ('{"id": 0}\r\n\r\n{"id": 1}\r\n', "id: 0\n\nid: 1"),
        ('["a", "b"]\n["c", "d"]\n', "a\n\nb\n\nc\n\nd"),
        ('{"a": {"b": 1.50}}\nnot a value\n{"a": {"b": 2}}', "a.b: 1.50\n\nnot a value\n\na.b: 2"),
        ('{"čvor": "žir"}\n{"čvor": "đak"}', "čvor: žir\n\nčvor: đak"),
        ('"one"\n"two"', "one\n\ntwo"),
    ],
)
def test_each_line_of_json_lines_is_a_record(source: str, text: str) -> None:
    assert json.parse(source.encode(), LIMITS).text == text


def test_text_without_any_value_is_no_json() -> None:
    with pytest.raises(ParseFailed):
        json.parse(b"one\ntwo\n{}", LIMITS)


MARKDOWN_CELL = {"cell_type": "markdown", "source": ["# Plan\n", "text"]}


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([MARKDOWN_CELL], "# Plan\ntext"),
        ([{"cell_type": "code", "source": "x = 1\n  y"}, MARKDOWN_CELL], "x = 1\n  y\n\n# Plan\ntext"),
        (
            [{"source": ["a"], "outputs": [{"output_type": "stream", "text": ["out\n", "more"]}]}],
            "a\n\nout\nmore",
        ),
        (
            [{"source": "a", "outputs": [{"data": {"image/png": "iVBOR", "text/plain": ["42 €"]}}]}],
            "a\n\n42 €",
        ),
        (
            [{"source": "a", "outputs": [{"output_type": "error", "ename": "KeyError", "evalue": "x"}]}],
            "a\n\nKeyError: x",
        ),
        ([{"source": "", "outputs": [{"text": "\x1b[31mred\x1b[0m"}]}, 5, {"outputs": None}], "red"),
    ],
)
def test_the_cells_of_a_notebook_are_read_with_what_they_gave(cells: list[object], text: str) -> None:
    parsed = notebook.parse(standard_json.dumps({"cells": cells}).encode(), LIMITS)
    assert parsed.text == text
    assert all(parsed.text[heading.start :].startswith("# Plan") for heading in parsed.headings)
    assert len(parsed.headings) == (MARKDOWN_CELL in cells)


def test_an_old_notebook_has_sheets_and_another_file_is_none() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}
    assert notebook.parse(standard_json.dumps(old).encode(), LIMITS).text == "x = 1"
    for broken in (b"[]", b"{}", b"{", b'{"cells": 5}'):
        with pytest.raises(ParseFailed):
            notebook.parse(broken, LIMITS)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "1\n00:00:01,000 --> 00:00:03,500\nDobar dan.\n\n2\n00:01:00,000 --> 00:01:02,000\nKraj!\n",
            "00:00:01 Dobar dan.\n00:01:00 Kraj!",
        ),
        (
            "1\n00:00:01,000 --> 00:00:02,000\nThis goes\non and\n\n2\n00:00:02,000 --> 00:00:03,000\nends here.\n",
            "00:00:01 This goes on and ends here.",
        ),
        (
            "WEBVTT - title\n\nNOTE out\n\nSTYLE\n::cue {}\n\n00:01.000 --> 00:02.000 align:start\n<v Ana>Hi <i>all</i>.",  # noqa: E501
            "00:01 Ana: Hi all.",
        ),
        (
            "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}A &amp; B.\n\n2\n00:00:02,000 --> 00:00:03,000\nA &amp; B.\n",
            "00:00:01 A & B.",
        ),
        ("\ufeff1\r\n00:00:01.000 --> 00:00:02.000\r\nČekaj\r\n", "00:00:01 Čekaj"),
    ],
)
def test_subtitles_are_sentences_with_the_time_they_begin(source: str, text: str) -> None:
    assert subtitles.parse(source.encode(), LIMITS).text == text


def test_what_has_no_cues_is_no_subtitle() -> None:
    with pytest.raises(ParseFailed):
        subtitles.parse(b"WEBVTT\n\ntext", LIMITS)


@pytest.mark.parametrize(
    ("source", "headings"),
    [
        ("Title\n=====\n\ntext\n", [(1, "Title")]),
        ("=====\nTitle\n=====\n\nPart\n=====\n\nSub\n---\n", [(1, "Title"), (2, "Part"), (3, "Sub")]),
        ("A\n~\n\nB\n~\n\ntext\n\n----\n\nmore", []),
        ("Plan\n~~~~\n\ntext is\nlong\n\n- a\n\nDrugi dio\n~~~~~~~~~\n", [(1, "Plan"), (1, "Drugi dio")]),
        ("====  ====\na     b\n====  ====\n1     2\n====  ====\n\nKraj\n----\n", [(1, "Kraj")]),
    ],
)
def test_restructured_text_is_kept_as_written_with_its_titles(source: str, headings: list[tuple[int, str]]) -> None:
    parsed = restructured.parse(source.encode(), LIMITS)
    assert parsed.text == source
    assert [(heading.level, heading.title) for heading in parsed.headings] == headings
    assert all(source[heading.start :].startswith(heading.title) for heading in parsed.headings)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\documentclass{article}\usepackage[utf8]{inputenc}\begin{document}Text.\end{document}", "Text."),
        (r"\section{Op\'ce}\label{a} \v{C}lanak \textbf{1}. \v ce\v{s}alj \dj ak", "Opće\n\nČlanak 1. češalj đak"),
        ("A % not this\nB 10\\% and $x^2 = \\frac{5}{100}$", "A B 10% and x^2 = 5/100"),
        (r"\begin{itemize}\item one\item two \cite{x}\end{itemize}", "- one\n- two"),
        ("\\begin{tabular}{l|r}\nCity & EUR \\\\ \\hline\nSplit & 12 \\\\\n\\end{tabular}", "City | EUR\nSplit | 12"),
        ("Due\\footnote{Not on {Sunday}.} now -- or ``later''", "Due (Not on Sunday.) now – or “later”"),
        ("a\n\\begin{verbatim}\nx = {1} % kept\n\\end{verbatim}\nb", "a\n\nx = {1} % kept\n\nb"),
        (r"\begin{verbatim} left open", "left open"),
    ],
)
def test_tex_gives_the_text_that_would_be_set(source: str, text: str) -> None:
    assert tex.parse(source.encode(), LIMITS).text.strip() == text


def test_sections_of_tex_are_headings() -> None:
    parsed = tex.parse(rb"\title{Plan}\section*{A}\subsection[x]{B \emph{c}}text", LIMITS)
    assert [(heading.level, heading.title) for heading in parsed.headings] == [(1, "Plan"), (1, "A"), (2, "B c")]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("sep=;\nA;B\n1,5;2\n", "A | B\n1,5 | 2"),
        ("sep=,\r\nA,B\r\n1;5,2\r\n", "A | B\n1;5 | 2"),
        ('"sep=;"\nA;B\n', "A | B"),
        ("SEP=|\nA|B\n1|2", "A | B\n1 | 2"),
        ("sep=\t\nA\tB\n", "A | B"),
    ],
)
def test_a_stated_delimiter_is_used_and_not_shown(source: str, text: str) -> None:
    assert delimited.parse(source.encode(), LIMITS).text == text


@pytest.mark.parametrize(
    "above",
    [
        "Izvještaj o prodaji 2026\n\n",
        "Izvještaj o prodaji 2026;;\n",
        "Izvještaj, siječanj, 2026\nSplit\n",
        '"Izvještaj; svi"\n;;\n',
        "sep=;\nIzvještaj\n",
    ],
)
def test_a_title_above_a_table_does_not_spoil_it(above: str) -> None:
    parsed = delimited.parse(f"{above}Šifra;Naziv;Cijena\nA1;Vijak;3,20\nA2;Matica;4,10\n".encode(), LIMITS)
    (table,) = parsed.tables
    assert table.columns == ("Šifra", "Naziv", "Cijena")
    assert parsed.text[table.body_start : table.end] == "A1 | Vijak | 3,20\nA2 | Matica | 4,10"
    assert parsed.text.startswith("Izvještaj")


@pytest.mark.parametrize(
    "text",
    [
        CROATIAN_TEXT,
        "Cijena: šećer, kruh, šunka. Članak 1. Račun br. 5.",
        "ČLANAK 12. ŽALBA SE PODNOSI U ROKU; RJEŠENJE JE KONAČNO. ODLUČUJE VIJEĆE, A NE ŽUPAN.",
        "Naručitelj;Količina\nĐurđica;5\nŽeljko;7\nČedomir;9",
        "Kuća na uglu, ćoškasta; noću čuva žuti mačak.",
    ],
)
@pytest.mark.parametrize("encoding", ["cp852", "cp1250", "iso8859-2", "utf-8"])
def test_texts_from_dos_are_told_from_those_of_windows(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text
