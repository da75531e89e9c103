from dataclasses import replace

import pytest

from ragapp.core.evidence import Source
from ragapp.rag.support import find_unsupported
from ragapp.rag.types import Language
from tests.unit.rag.passages import passage

HR, EN = Language.CROATIAN, Language.ENGLISH
LEASE = (
    "The rent is 1,250.00 EUR and falls due on 5 March 2026. Ana Kos keeps contract KU-31/2026."
    " Notice takes three months."
)
POLICY = "Radnik ima 24 dana odmora. Voditelj odjela je Marko Lukić iz Zadra. Zahtjev se predaje do 31. svibnja 2026."


def source(n, text, language):
    found = replace(passage(n - 1, text), language=language)
    return Source(n, found, text, 0, len(text), "")


def marked(answer, language, *sources, question=""):
    found = find_unsupported(answer, language, sources, question)
    assert all(answer[one.start : one.end] == one.text for one in found)
    return [(one.text, one.kind.value) for one in found]


@pytest.mark.parametrize(
    "answer",
    [
        "The rent is 1.250,00 EUR [1].",
        "It falls due on 5.3.2026. [1] Notice takes 3 months [1].",
        "Ana Kos keeps KU-31/2026 [1].",
        "1. The rent is EUR 1250 [1].\n2. It is due in March 2026 [1].",
        "One of the rules: notice. [1]",
    ],
)
def test_what_the_passage_holds_in_any_notation_is_not_marked(answer):
    assert marked(answer, EN, source(1, LEASE, "en")) == []


def test_numbers_dates_codes_and_names_that_are_nowhere_are_marked():
    answer = "The rent is 1.520,00 EUR [1]. It is due on 6 March 2026. It is kept by Ivo Ban as KU-13/2026."
    assert marked(answer, EN, source(1, LEASE, "en")) == [
        ("1.520,00", "number"),
        ("6 March 2026", "date"),
        ("Ivo Ban", "name"),
        ("KU-13/2026", "code"),
    ]


def test_a_month_is_part_of_its_date_and_no_name():
    assert marked("It ends by 7 April 2027 [1].", EN, source(1, LEASE, "en")) == [("7 April 2027", "date")]


def test_a_croatian_name_may_be_bent():
    assert marked("Zahtjev se predaje Marku Lukiću iz Zadra do 31.5.2026. [1]", HR, source(1, POLICY, "hr")) == []
    assert marked("Zahtjev se predaje Petri Horvat [1].", HR, source(1, POLICY, "hr")) == [("Petri Horvat", "name")]


def test_a_sentence_answers_for_the_passage_it_cites():
    sources = source(1, LEASE, "en"), source(2, "Parking costs 40 EUR.", "en")
    assert marked("Parking costs 40 EUR [1].", EN, *sources) == [("40", "number")]
    assert marked("Parking costs 40 EUR [2].", EN, *sources) == []


def test_what_the_question_says_needs_no_source():
    answer = "For 14 people the rent is 1250 EUR [1]."
    assert marked(answer, EN, source(1, LEASE, "en"), question="What is the rent for 14 people?") == []


def test_names_across_languages_may_be_translated_and_numbers_may_not():
    answer = "The head is Director Smith and there are 25 days [1]."
    assert marked(answer, EN, source(1, POLICY, "hr")) == [("25", "number")]


def test_without_sources_nothing_is_said():
    assert find_unsupported("It costs 5 EUR.", EN, ()) == ()


def test_code_blocks_are_left_alone():
    assert marked("```\nx = 99\n```\nThe rent is 1250 EUR [1].", EN, source(1, LEASE, "en")) == []
