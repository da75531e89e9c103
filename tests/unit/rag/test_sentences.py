import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragapp.rag.sentences import split_sentences
from ragapp.rag.types import Language

HR, EN = Language.CROATIAN, Language.ENGLISH


def sentences(text, language):
    return [text[start:end] for start, end in split_sentences(text, language)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (HR, ["Prema čl. 5. st. 1. Zakona odlučuje dr. Horvat.", "Rok je 30 dana od 1. siječnja 2020. godine!"]),
        (HR, ["Stupa na snagu 25. svibnja 2018.", "(2) Drugi stavak."]),
        (EN, ["Mr. J. Smith of the U.S. Army arrived in 1990.", "The war ended."]),
        (EN, ["They allowed 42.", "The game cost $3.5 million."]),
        (EN, ["Is it?", "Yes!", "Good."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(language, expected):
    assert sentences(" ".join(expected), language) == expected


def test_list_items_and_paragraphs_are_sentences_of_their_own():
    assert sentences("Naslov\n\n- jedan\n- dva", HR) == ["Naslov", "- jedan", "- dva"]


def test_a_very_long_legal_list_is_cut_at_its_semicolons():
    text = "Tijelo " + "; ".join(f"obavlja posao broj {n} koji mu je povjeren zakonom" for n in range(12)) + "."
    assert all(len(sentence) < 120 for sentence in sentences(text, HR))


@given(st.text(alphabet="aB1. \n;!?–-č", max_size=300), st.sampled_from([HR, EN]))
def test_sentences_are_trimmed_in_order_and_hold_every_character(text, language):
    position = 0
    for start, end in split_sentences(text, language):
        assert not text[position:start].strip()
        assert text[start:end].strip() == text[start:end] != ""
        position = end
    assert not text[position:].strip()
