import pytest

from ragapp.rag.expectations import Expected, expectation, meets


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Koliko stoji dizanje broda?", Expected.MONEY),
        ("What is the fine for parking here?", Expected.MONEY),
        ("Koliko dugo se čuvaju snimke?", Expected.DURATION),
        ("When was it signed?", Expected.DATE),
        ("Tko odobrava putni nalog?", Expected.PERSON),
        ("How many floors does the house have?", Expected.COUNT),
        ("How heavy is it?", Expected.NUMBER),
        ("Is subletting allowed?", Expected.ANYTHING),
    ],
)
def test_question_words_tell_what_would_answer(question, kind):
    assert expectation(question).kind is kind


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("Koliko stoji ručak?", "Ručak stoji 4,50 eura.", "Ručak se nudi svaki dan u 11 sati."),
        ("How many floors does it have?", "It has 12 floors.", "The third floor is let."),
        ("Koliko dugo se čuva?", "Čuva se šest mjeseci.", "Čuva ga odjel nabave."),
        ("Who repairs the lift?", "The landlord repairs the lift.", "The lift is repaired at once."),
    ],
)
def test_a_text_is_held_against_what_is_wanted(question, yes, no):
    assert meets(yes, expectation(question))
    assert not meets(no, expectation(question))
