import pytest

from ragapp.rag.quotes import find_excerpt, find_quote
from ragapp.rag.types import Language

CONTRACT = "8.\n\nKazne\n\nZa svaki dan zakašnjenja plaća se kazna. Isporuka se obavlja radnim danom do podneva."


def _excerpt(passage: str, question: str) -> str:
    start, end = find_excerpt(passage, question, Language.CROATIAN)
    return passage[start:end]


def test_numbers_and_headings_are_no_excerpt() -> None:
    assert _excerpt(CONTRACT, "Tko je svjetski prvak?") == "Za svaki dan zakašnjenja plaća se kazna."


def test_the_sentence_that_fits_the_question_is_shown() -> None:
    assert _excerpt(CONTRACT, "Kada je isporuka radnim danom?") == "Isporuka se obavlja radnim danom do podneva."


@pytest.mark.parametrize("passage", ["Skladištenje", "x" * 1000])
def test_a_passage_without_sentences_shows_its_beginning(passage: str) -> None:
    shown = _excerpt(passage, "Što?")
    assert shown
    assert passage.startswith(shown)
    assert len(shown) <= 240


@pytest.mark.parametrize(
    ("passage", "claim", "quote"),
    [
        ("## Annual leave\n\nEmployees have 24 working days off.", "Annual leave is 24 days", "Employees have 24"),
        ("Članak 5. Odmor {#cl5}\n\nRadnik ima 24 dana.", "Odmor traje 24 dana", "Radnik ima 24 dana."),
        ("Annual leave\n\nEmployees have 24 working days off.", "Annual leave", "Employees have 24"),
        ("You get:\n- annual leave\n- a desk", "annual leave", "- annual leave"),
        ("Annual leave", "Annual leave", "Annual leave"),
    ],
)
def test_a_heading_is_never_the_quote_where_there_is_a_sentence(passage: str, claim: str, quote: str) -> None:
    start, end = find_quote(passage, claim, Language.ENGLISH)
    assert passage[start:end].startswith(quote)
