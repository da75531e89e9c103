from dataclasses import replace

import numpy as np
import pytest

from ragapp.core.ids import ChunkId
from ragapp.rag.analysis import PassageFields, analyse
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.spelling import find_corrections, respell
from ragapp.rag.types import Language

HR, EN = Language.CROATIAN, Language.ENGLISH
CROATIAN_TEXT = (
    "Otkazni rok na probnom radu iznosi sedam dana. Pristojba za gotovinu na blagajni iznosi pet eura. "
    "Ulaz u zgradu vikendom najavljuje se voditelju. Godišnji odmor prenosi se do lipnja. Popust za terasu."
)
ENGLISH_TEXT = "The pump takes oil. The warehouse night shift claims an expense for a hotel in London. Maximum speed."


def index(*texts, language=HR):
    found = [replace(analyse(PassageFields(text), language), language=language.value) for text in texts]
    return LexicalIndex((ChunkId(f"d:1:{n}"), terms) for n, terms in enumerate(found))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("koliki je otkzni rok", "koliki je otkazni rok"),
        ("primate li gotvinu", "primate li gotovinu"),
        ("ulaz u zgardu", "ulaz u zgradu"),
        ("ulaz vikedom", "ulaz vikendom"),
        ("godišni odmor", "godišnji odmor"),
        ("kolko je popsut", "koliko je popust"),
        ("prisstojba", "pristojba"),
    ],
)
def test_one_slip_in_a_croatian_word_is_corrected_by_what_the_passages_hold(typed, meant):
    assert respell(typed, find_corrections(typed, HR, [index(CROATIAN_TEXT)])) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("which oil for the pupm", "which oil for the pump"),
        ("Warehose shift in Londn", "Warehouse shift in London"),
        ("how mcuh for teh hotle", "how much for the hotel"),
        ("maxmum expnse", "maximum expense"),
    ],
)
def test_one_slip_in_an_english_word_is_corrected_and_capitals_stay(typed, meant):
    held = index(ENGLISH_TEXT, language=EN)
    corrections = find_corrections(typed, EN, [held], real_words=frozenset())
    assert respell(typed, corrections) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "otkazni rok",
        "otkaznog roka",
        "BM-114/2025 i rok 2036",
        "OTKZNI",
        "vilinski",
        "rkd",
        "gotvinu@example.org",
        "kod otkzni-7",
    ],
)
def test_known_words_codes_numbers_capitals_and_strange_words_stay(typed):
    assert find_corrections(typed, HR, [index(CROATIAN_TEXT)], real_words=frozenset()) == {}


def test_a_real_word_that_no_passage_holds_is_no_typing_error():
    held = index("Strana ugovora. Strana stranu strani.")
    assert find_corrections("cijena stana", HR, [held], real_words=frozenset()) == {"stana": "strana"}
    assert find_corrections("cijena stana", HR, [held], real_words={"stana"}) == {}


def test_of_two_candidates_the_one_that_more_passages_hold_is_meant():
    texts = ["popust", "popust na popis", "popust za stalne kupce", "popust gotovinom", "popuna"]
    assert find_corrections("popuat", HR, [index(*texts * 3)]) == {"popuat": "popust"}


def test_only_what_is_searched_counts():
    assert find_corrections("otkzni", HR, [index("Cjenik usluga."), index()]) == {}
    assert find_corrections("otkzni", HR, [index("Cjenik usluga."), index(CROATIAN_TEXT)]) == {"otkzni": "otkazni"}


def test_words_of_passages_in_another_language_are_no_candidates():
    assert find_corrections("otkzni", EN, [index(CROATIAN_TEXT)]) == {}


def test_terms_are_counted_without_reading_their_postings():
    held = index("rok", "rok", "popust")
    held.add([(ChunkId("e:1:0"), analyse(PassageFields("rok"), HR))])
    rok, absent = analyse(PassageFields("rok"), HR).hashes, np.array([7], dtype=np.uint32)
    assert held.posting_counts(np.concatenate([rok, absent])).tolist() == [3, 0]
    assert LexicalIndex().posting_counts(absent).tolist() == [0]
