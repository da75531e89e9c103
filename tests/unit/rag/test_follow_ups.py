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
