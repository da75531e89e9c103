"""Which recognised text counts as words."""

import pytest

from ragapp.adapters.parsers.ocr_engine import Box, RecognisedLine
from ragapp.adapters.parsers.word_likeness import keep_words, word_share


def lines(*texts: str, confidence: float) -> list[RecognisedLine]:
    return [RecognisedLine(text, Box(0, 0, 9, 9), 8.0, 8.0, confidence) for text in texts]


@pytest.mark.parametrize(
    "text",
    ["Polog od 600 eura vraća se u roku 15 dana.", "Naručitelj: Čempresi d.o.o., OIB 00000000001", "12.5 - 20.5 (M25)"],
)
def test_sentences_names_and_numbers_are_words(text: str) -> None:
    assert word_share([text]) > 0.5
    assert keep_words(lines(text, confidence=90)) == lines(text, confidence=90)


@pytest.mark.parametrize("text", ["|] =~ \\| a$%", "LA&A&&&&EE&k&kE", '"u = _ == |'])
def test_what_looks_like_no_word_is_left_out_however_sure(text: str) -> None:
    assert keep_words(lines(text, confidence=90)) == []


def test_a_page_of_doubt_is_left_out_and_so_is_a_doubtful_line() -> None:
    assert keep_words(lines("words that look right", confidence=55)) == []
    page = [*lines("Many sure words stand on this page.", confidence=95), *lines("smudge", confidence=20)]
    assert keep_words(page) == page[:1]
    assert keep_words([]) == []
