import pytest

from ragapp.rag.language import detect_language
from ragapp.rag.types import Language


@pytest.mark.parametrize(
    "text",
    [
        "Koliko dugo smijemo čuvati snimke?",
        "koliko dugo smijemo cuvati snimke s kamera",
        "besplatni telefon za nestalu djecu",
        "minimalna placa u eurima",
        "Što ako je vlasnik nedostpuan?",
    ],
)
def test_short_croatian_questions_are_known_even_without_diacritics_or_with_slips(text):
    assert detect_language(text) is Language.CROATIAN


@pytest.mark.parametrize(
    "text", ["How long may recordings be stored?", "who won the game", "parental leave length", "What is Zagreb?"]
)
def test_short_english_questions_are_known(text):
    assert detect_language(text) is Language.ENGLISH


@pytest.mark.parametrize("text", ["", "12345", "???", "Привет, как дела?"])
def test_what_is_neither_is_other(text):
    assert detect_language(text) is Language.OTHER
