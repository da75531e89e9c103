from dataclasses import replace

import pytest

from ragapp.rag.decisions import is_yes_no
from ragapp.rag.extractive import select_answer
from ragapp.rag.questions import AnswerType, answer_type
from ragapp.rag.types import Language
from tests.unit.rag.passages import PASSAGES, passage

HR, EN = Language.CROATIAN, Language.ENGLISH


@pytest.mark.parametrize(
    ("question", "language", "sentence", "span"),
    [
        ("When was the lighthouse on Cape Varda built?", EN, "The lighthouse on Cape Varda was built in 1871.", "1871"),
        ("Who was the keeper that lit the lamp?", EN, "Its keeper was Marta Silver", "Marta Silver"),
        ("How many ships leave in summer?", EN, "In summer 12 ships leave it every day.", "12"),
        ("u kojem roku stanar prijavljuje kvar", HR, "Stanar mora prijaviti kvar u roku od osam dana.", "osam dana"),
        ("Koliko se godina čuva evidencija?", HR, "Evidencija se čuva pet godina.", "pet"),
    ],
)
def test_the_answering_sentence_and_its_span_are_found(question, language, sentence, span):
    answer = select_answer(question, language, PASSAGES)
    assert answer.sentences[0].text.startswith(sentence)
    assert answer.span.startswith(span)


def test_sentences_are_verbatim_one_to_three_and_best_first():
    answer = select_answer("How many bees and ships and olive oil in Varda?", EN, PASSAGES)
    assert 1 <= len(answer.sentences) <= 3
    for sentence in answer.sentences:
        assert sentence.text == PASSAGES[sentence.passage_index].text[sentence.start : sentence.end]
    scores = [sentence.score for sentence in answer.sentences]
    assert scores == sorted(scores, reverse=True)


def test_without_passages_there_is_no_answer():
    assert select_answer("Anything?", EN, ()).sentences == ()
    assert select_answer("Anything?", EN, ()).span == ""


def test_a_question_of_stop_words_still_gets_the_best_passage():
    assert select_answer("what is it?", EN, PASSAGES[:1]).sentences


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did it end?", AnswerType.DATE),
        ("How many are there?", AnswerType.NUMBER),
        ("Kolika je kazna?", AnswerType.NUMBER),
        ("Tko odlučuje?", AnswerType.PERSON),
        ("gdje se podnosi zahtjev", AnswerType.PLACE),
        ("Mogu li to učiniti?", AnswerType.OTHER),
    ],
)
def test_question_words_tell_the_kind_of_answer(question, kind):
    assert answer_type(question) is kind


def test_a_heading_is_never_the_answer_where_there_is_a_sentence():
    text = "4. Ugovorna kazna\n\nZa svaki dan zakašnjenja plaća se 0,5 % vrijednosti, a najviše 5 %."
    penalty = replace(passage(0, text), heading="Ugovor › 4. Ugovorna kazna")
    sentences = select_answer("Kolika je ugovorna kazna za zakašnjenje?", HR, (penalty,)).sentences
    assert [sentence.text for sentence in sentences] == [text.split("\n\n")[1]]


def test_the_title_of_a_document_is_no_answer():
    text = "Fault codes of lifts\n\nF-2 means that the doors of the lifts are open.\nOther codes are not listed."
    sentences = select_answer("What do the fault codes of lifts mean?", EN, (passage(0, text),)).sentences
    assert all("Fault codes" not in sentence.text for sentence in sentences)


def test_a_question_in_the_text_is_answered_by_what_follows_it():
    text = "Q: Can I bring a dog?\nA: Yes, on Fridays.\n\nQ: Where do I park?\nA: Behind the store."
    answer = select_answer("Can I bring my dog?", EN, (passage(0, text, score=0.9),))
    assert answer.sentences[0].text.endswith("Yes, on Fridays.")
    assert all("?" not in sentence.text for sentence in answer.sentences)


def test_a_sentence_about_another_code_is_left_out():
    text = "Bolt M8-220-A takes 25 Nm. Bolt M8-202-C takes 31 Nm."
    sentences = select_answer("What torque does bolt M8-220-A take?", EN, (passage(0, text),)).sentences
    assert [sentence.text for sentence in sentences] == ["Bolt M8-220-A takes 25 Nm."]


@pytest.mark.parametrize(
    ("question", "language", "text", "decides"),
    [
        (
            "Are dogs allowed on the path?",
            EN,
            "Dogs like the path by the lake. Dogs are not allowed on the path in spring. The path has a bench.",
            "not allowed",
        ),
        (
            "Smije li se kampirati na otoku?",
            HR,
            "Na otoku se od davnine kampira. Kampirati se na otoku smije samo u kampu. Otok ima izvor.",
            "samo u kampu",
        ),
        ("Do I have to pay for a locker?", EN, "Each locker has a key. A locker is free of charge.", "free"),
    ],
)
def test_yes_or_no_is_answered_by_the_sentence_that_decides(question, language, text, decides):
    assert decides in select_answer(question, language, (passage(0, text),)).sentences[0].text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("May I leave early?", True),
        ("I lost my card. Do I pay for a new one?", True),
        ("Zanima me smijem li doći ranije", True),
        ("Can you list the suppliers?", False),
        ("Do kada moram platiti račun?", False),
        ("Po čemu ćemo znati je li prijava potrebna?", False),
        ("What may I bring?", False),
    ],
)
def test_yes_no_questions_are_told_from_others(question, expected):
    assert is_yes_no(question) is expected


def test_the_paragraph_a_question_refers_to_is_quoted():
    text = "## Članak 4.\n\n(1) Otpad se odlaže u spremnike.\n\n(2) Glomazni otpad odvozi se na poziv."
    article = replace(passage(0, text), heading="Odluka o redu › Članak 4.")
    answer = select_answer("Što piše u čl. 4. st. 2. odluke?", HR, [article])
    assert answer.sentences[0].text.startswith("(2) Glomazni")
