"""Rows as units: how tables are cut, found by words, chosen and shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag.analysis import PassageFields, analyse, analyse_question
from ragapp.rag.chunking import ChunkSize, build_chunks
from ragapp.rag.citations import CitationStream
from ragapp.rag.extractive import select_answer
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.prompting import build_prompt
from ragapp.rag.rows import row_spans, split_cells
from ragapp.rag.table_answers import write_rows
from ragapp.rag.tables import answer_from_rows, split_units, worded
from ragapp.rag.terms import pack_terms, unpack_terms
from ragapp.rag.types import GenerationRequest, Language, ParsedDocument, Table

HR, EN = Language.CROATIAN, Language.ENGLISH
SMALL = ChunkSize(smallest=40, largest=160)


def document(columns: tuple[str, ...], rows: list[list[str]], *, above: str = "", below: str = "") -> ParsedDocument:
    header, body = " | ".join(columns), "\n".join(" | ".join(row) for row in rows)
    start = len(above)
    text = f"{above}{header}\n{body}"
    table = Table(start, start + len(header) + 1, len(text), columns)
    return ParsedDocument(text + below, tables=(table,))


def passages(parsed: ParsedDocument, size: ChunkSize | None = None, *, title: str = "") -> list[Passage]:
    return [
        Passage(
            rank=chunk.ordinal + 1,
            score=0.5,
            document_id=DocumentId("d"),
            document_title=title,
            page=None,
            chunk_id=ChunkId(f"d:1:{chunk.ordinal}"),
            text=chunk.text,
            start=chunk.start,
            end=chunk.end,
            heading=chunk.heading,
            columns=chunk.columns,
            rows_start=chunk.rows_start,
        )
        for chunk in build_chunks(parsed, size)
    ]


STAFF = document(
    ("Employee", "Department", "Extension", "Badge"),
    [
        ["Ana Kos", "Legal", "211", "B-7741"],
        ["Mia Rak", "Kitchen", "118", "B-7743"],
        ["Luka Jur", "IT", "404", "B-7744"],
    ],
)
INVOICES = document(
    ("Račun", "Kupac", "Iznos"), [[f"INV-2026-{1000 + 7 * n}", "Hana", f"{50 + n},00 EUR"] for n in range(40)]
)
CELLS = st.text(alphabet="aAčŽ1 .", max_size=60).map(str.strip)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=30), st.sampled_from(["", "Popis.\n\n"]))
@settings(max_examples=150, deadline=None)
def test_tables_are_cut_verbatim_between_rows_and_every_piece_knows_its_columns(rows, above):
    rows = [[cell or "x" for cell in (" ".join(cell.split()) for cell in row)] for row in rows]
    parsed = document(("A", "B", "C"), rows, above=above, below="\n\nKraj.")
    chunks = build_chunks(parsed, SMALL)
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(parsed.text.split())
    assert all(chunk.text == parsed.text[chunk.start : chunk.end] and len(chunk.text) <= 160 for chunk in chunks)
    cut = [chunk for chunk in chunks if chunk.columns]
    assert {chunk.table for chunk in cut} == {0}
    if max(len(" | ".join(row)) for row in rows) <= 40:
        found = [chunk.text[slice(*span)] for chunk in cut for span in row_spans(chunk.text, chunk.rows_start)]
        assert found == [" | ".join(row) for row in rows]
        assert {chunk.columns for chunk in cut} == {("A", "B", "C")}


def test_a_row_longer_than_a_passage_is_cut_between_cells_that_keep_their_names():
    parsed = document(("Korak", "Opis", "Rok"), [["1", "opis " * 40, "pet dana"], ["2", "kratko", "danas"]])
    read = passages(parsed, SMALL)
    named = {worded(p, *span) for p in read for span in split_units(p, HR)}
    assert any(unit.startswith("Opis: opis") or unit.endswith("opis") for unit in named)
    assert any("Rok: pet dana" in unit or unit == "pet dana" for unit in named)
    long = [p for p in read if p.columns and "pet dana" in p.text]
    assert long[0].columns[-1] == "Rok"


def test_a_new_row_changes_few_passages_of_a_long_table():
    rows = [[f"R-{n}", f"Artikl {n * 37 % 101}", f"{n},00"] for n in range(400)]
    before = {chunk.text for chunk in build_chunks(document(("Šifra", "Naziv", "Cijena"), rows))}
    rows.insert(20, ["R-novi", "Umetnut", "9,99"])
    after = {chunk.text for chunk in build_chunks(document(("Šifra", "Naziv", "Cijena"), rows))}
    assert len(after - before) <= 3


def test_words_of_different_rows_do_not_add_up():
    mixed = document(("Ime", "Odjel"), [["Mia Kos", "Pravni"], ["Ana Rak", "Kuhinja"], ["Eva Jur", "Pravni"]])
    right = document(("Ime", "Odjel"), [["Luka Ban", "Pravni"], ["Mia Rak", "Kuhinja"], ["Eva Mar", "IT"]])
    index = LexicalIndex(
        (ChunkId(name), analyse(PassageFields(p.text, columns=p.columns, rows_start=p.rows_start), HR))
        for name, parsed in (("mixed", mixed), ("right", right))
        for p in passages(parsed)
    )
    hits = index.search(analyse_question("U kojem je odjelu Mia Rak?", HR), limit=2)
    assert [hit.chunk_id for hit in hits] == ["right", "mixed"]
    assert hits[0].score > hits[1].score * 1.2


def test_rows_without_their_header_are_found_by_its_names():
    later = passages(INVOICES, SMALL)[-1]
    assert later.rows_start == 0
    terms = analyse(PassageFields(later.text, columns=later.columns), HR)
    assert len(terms.sizes) == 1 + len(row_spans(later.text, 0))
    index = LexicalIndex([(ChunkId("later"), terms), (ChunkId("other"), analyse(PassageFields("Nešto drugo."), HR))])
    assert [hit.chunk_id for hit in index.search(analyse_question("iznos", HR), limit=5)] == ["later"]


def test_how_rare_a_word_is_counts_in_passages_and_survives_removal():
    def build(row_count: int) -> LexicalIndex:
        table = "\n".join(f"kupac {n} | {n}" for n in range(row_count))
        prose = [(ChunkId(f"p{n}"), analyse(PassageFields(f"riječ{n} nešto"), HR)) for n in range(8)]
        index = LexicalIndex([*prose, (ChunkId("t"), analyse(PassageFields(table, columns=("Ime", "Broj")), HR))])
        index.remove([ChunkId("p0"), ChunkId("p1"), ChunkId("p2")])
        return index

    query = analyse_question("kupac nešto", HR)
    assert np.allclose(build(1).rarity(query), build(200).rarity(query))
    hits = build(200).search(analyse_question("kupac 150", HR), limit=3)
    assert hits[0].chunk_id == "t"


def test_terms_of_rows_survive_storage():
    terms = analyse(PassageFields("a | 1\nb | 2", columns=("X", "Y")), HR)
    back = unpack_terms(pack_terms(terms))
    assert back.sizes == terms.sizes
    assert np.array_equal(back.hashes, terms.hashes)


@pytest.mark.parametrize(
    ("parsed", "question", "language", "first_line"),
    [
        (STAFF, "What is the extension of Mia Rak?", EN, "**Extension: 118** · Mia Rak [1]"),
        (STAFF, "Whose badge is B-7744?", EN, "**Employee: Luka Jur** · B-7744 [1]"),
        (STAFF, "In which department does Ana Kos work?", EN, "**Department: Legal** · Ana Kos [1]"),
        (INVOICES, "Koliki je iznos računa INV-2026-1070?", HR, "**Iznos: 60,00 EUR** · INV-2026-1070 [1]"),
        (INVOICES, "Koliko sam platio po računu INV-2026-1266?", HR, "**Iznos: 88,00 EUR** · INV-2026-1266 [2]"),
        (document(("Artikl", "Cijena (kn)", "Jamstvo"), [["Perilica", "3.200", "24"], ["Sušilica", "4.100", "36"]]),
         "Koliko košta sušilica?", HR, "**Cijena (kn): 4.100** · Sušilica [1]"),
        (document(("Kat", "Voditelj"), [["1. kat", "tajnica"], ["2. kat", "laborantica"]]),
         "Tko je voditelj na drugom katu?", HR, "**Voditelj: laborantica** · 2. kat [1]"),
        (document(("", ""), [["Najveći broj osoba", "12"], ["Radno vrijeme", "8–16"]]),
         "Koliki je najveći broj osoba?", HR, "**12** · Najveći broj osoba [1]"),
        (document(("Artikl › Kod", "Cijena › Velika", "Cijena › Maloprodaja"), [["A-1", "5", "7"], ["A-12", "6", "8"]]),
         "Kolika je maloprodaja za A-12?", HR, "**Maloprodaja: 8** · A-12 [1]"),
    ],
)  # fmt: skip
def test_the_cell_asked_for_leads_the_answer(parsed, question, language, first_line):
    rows = answer_from_rows(question, language, passages(parsed))
    assert write_rows(rows, language).split("\n")[0] == first_line


def test_the_row_stands_under_its_header_and_nothing_else_of_the_sheet():
    rows = answer_from_rows("Koliki je iznos računa INV-2026-1070?", HR, passages(INVOICES))
    assert write_rows(rows, HR).split("\n\n")[1] == (
        "| Račun | Kupac | Iznos |\n| --- | --- | --- |\n| INV-2026-1070 | Hana | 60,00 EUR |"
    )


def test_rows_that_fit_alike_are_listed_and_more_are_said_to_be_there():
    written = write_rows(answer_from_rows("Koji su računi kupca Hana?", HR, passages(INVOICES)), HR)
    assert written.count("| Hana |") == 5
    assert "Odgovara još redaka; prikazano je prvih 5." in written
    rates = [["8 to 12 hours", "15", "half"], ["over 12 hours", "30", "full"]]
    trips = document(("Trip", "In Croatia", "Abroad"), rates)
    both = write_rows(answer_from_rows("What is the allowance in Croatia?", EN, passages(trips, title="Allowance")), EN)
    assert both.startswith("In Croatia:\n\n- 8 to 12 hours: **15** [1]\n- over 12 hours: **30** [1]")


def test_a_code_that_no_row_holds_is_not_answered_by_its_neighbour():
    assert answer_from_rows("Koliki je iznos računa INV-2026-9999?", HR, passages(INVOICES)) is None


def test_a_sentence_that_answers_better_goes_before_rows():
    parsed = document(
        ("Line", "Change"), [["Support desk", "-5.0%"], ["Backup", "+18%"]],
        above="Support desk revenue fell because the Brackley contract ended in January.\n\n",
    )  # fmt: skip
    assert answer_from_rows("Why did support desk revenue fall?", EN, passages(parsed)) is None


def test_a_wide_table_shows_what_was_asked_for():
    columns = tuple(f"Stupac {n}" for n in range(1, 30))
    parsed = document(columns, [[f"{row}{n}" for n in range(1, 30)] for row in ("KA-", "KB-")])
    table = write_rows(answer_from_rows("Što je u stupcu 27 za KB-1?", HR, passages(parsed)), HR).split("\n\n")[1]
    assert "KB-27" in table
    assert table.split("\n")[0].count("|") == 9


def test_the_quote_of_a_cell_is_its_row_and_citation_marks_of_the_document_are_none():
    read = passages(document(("Code", "Meaning"), [["E-1", "pump [7] blocked"], ["E-2", "gas low"]]))
    answer = write_rows(answer_from_rows("What does E-1 mean?", EN, read), EN)
    stream = CitationStream(read, EN, question="What does E-1 mean?")
    stream.feed(answer)
    stream.finish()
    (source,) = stream.sources
    assert source.quote == "E-1 | pump [7] blocked"
    assert source.n == 1


def test_a_model_reads_rows_under_their_header():
    later = passages(INVOICES, SMALL)[-1]
    content = build_prompt(GenerationRequest("Iznos?", HR, (later,)))[-1].content
    assert f"\nRačun | Kupac | Iznos\n{later.text}" in content


def test_rows_among_sentences_are_told_with_their_names_and_never_as_a_sheet():
    answer = select_answer("Koliki je iznos računa INV-2026-1070?", HR, passages(INVOICES)[:1])
    assert answer.span == "60,00 EUR"
    assert [sentence.text for sentence in answer.sentences] == ["Račun: INV-2026-1070; Kupac: Hana; Iznos: 60,00 EUR"]


@pytest.mark.parametrize(
    ("line", "count", "cells"),
    [
        ("a | b", 2, ["a", "b"]),
        ("| b", 2, ["", "b"]),
        ("a | | c", 3, ["a", "", "c"]),
        ("| b |", 3, ["", "b", ""]),
        ("| a | b |", 2, ["a", "b"]),
        ("|a|b|", 2, ["a", "b"]),
        ("| a \\| b | c |", 2, ["a | b", "c"]),
    ],
)
def test_cells_are_told_apart(line, count, cells):
    assert split_cells(line, count) == cells
