import pytest

from ragapp.rag.follow_ups import in_context

BEFORE = ["How many days of annual leave do employees have?"]


@pytest.mark.parametrize("question", ["And for trainees?", "A za pripravnike?", "Why?", "Koliko traje?", "od kada"])
def test_a_question_that_says_too_little_is_searched_with_the_one_before(question: str) -> None:
    assert in_context(question, ["Something older?", *BEFORE]) == f"{BEFORE[0]} {question}"


@pytest.mark.parametrize(
    "question", ["When must I file the expense report?", "Koliko se dugo čuvaju snimke videonadzora?"]
)
def test_a_question_with_a_topic_of_its_own_is_searched_alone(question: str) -> None:
    assert in_context(question, BEFORE) == question


def test_the_first_question_is_searched_alone() -> None:
    assert in_context("Why?", []) == "Why?"


@pytest.mark.parametrize(
    "question",
    [
        "A koliko ako radim noću u hladnjači nedjeljom?",
        "And how much notice does the tenant need for that?",
        "What about dinner on the last day?",
    ],
)
def test_a_question_that_begins_as_a_continuation_goes_through_the_one_before(question):
    assert in_context(question, ["Koliko je uvećana plaća?"]) == f"Koliko je uvećana plaća? {question}"


def test_a_full_question_that_begins_otherwise_stands_alone():
    question = "Koliko dugo se čuvaju snimke videonadzora u skladištu?"
    assert in_context(question, ["Koliko je uvećana plaća?"]) == question


def test_an_english_i_continues_nothing():
    question = "I lost my access card on the way to the warehouse, whom do I tell about it?"
    assert in_context(question, BEFORE) == question
