from ragapp.rag.attribution import attribute
from ragapp.rag.types import Language
from tests.unit.rag.passages import PASSAGES, passage

EN = Language.ENGLISH


def test_a_sentence_is_given_the_passage_that_says_it():
    answer = "The lighthouse on Cape Varda was built in 1871. In summer, 12 ships leave the harbour of Varda."
    first, second = attribute(answer, EN, PASSAGES[:3])
    assert (first.n, first.quote) == (1, "The lighthouse on Cape Varda was built in 1871.")
    assert second.n == 2
    assert second.passage.text[second.quote_start : second.quote_end] == second.quote


def test_what_stands_on_nothing_gets_no_source():
    assert attribute("Paris is the capital of France and has two million people.", EN, PASSAGES) == ()
    assert attribute("Yes.", EN, PASSAGES) == ()


def test_a_heading_supports_nothing_where_a_sentence_does():
    text = "## Annual leave of employees\n\nEmployees have 24 days of annual leave."
    (source,) = attribute("Annual leave of employees is 24 days.", EN, (passage(0, text),))
    assert source.quote == "Employees have 24 days of annual leave."
