import pytest

from ragapp.rag.definitions import asked_term
from ragapp.rag.types import Language

HR, EN = Language.CROATIAN, Language.ENGLISH


@pytest.mark.parametrize(
    ("question", "language", "sentence"),
    [
        ("What is a near miss?", EN, "A near miss is an unplanned event that could have hurt somebody."),
        ("What does SLA mean?", EN, "SLA: the level of service promised to a customer"),
        ("Define hazard", EN, "A hazard is anything that can cause harm."),
        ("What is meant by rent?", EN, "Rent means the sum due every month."),
        ("Što je dnevnica?", HR, "Dnevnica je naknada za pokriće troškova prehrane."),
        ("Što znači pojam smetnja?", HR, "3. smetnja: svako odstupanje od ugovorene kakvoće usluge."),
        ("Što se smatra radnim vremenom?", HR, "Radnim vremenom smatra se vrijeme u kojem radnik radi."),
        ("Kako je definirano radno vrijeme?", HR, "Radno vrijeme jest vrijeme u kojem radnik radi."),
    ],
)
def test_a_sentence_that_says_what_a_term_is_is_known(question, language, sentence):
    assert asked_term(question, language).is_defined_by(sentence)


@pytest.mark.parametrize(
    ("question", "language", "sentence"),
    [
        ("What is a near miss?", EN, "Report every near miss to the shift lead on the same day."),
        ("Što je dnevnica?", HR, "Umanjena dnevnica obračunava se kad je osiguran obrok."),
        ("Što je dnevnica?", HR, "Dnevnica se isplaćuje uz plaću."),
    ],
)
def test_a_sentence_that_only_names_it_is_not(question, language, sentence):
    assert not asked_term(question, language).is_defined_by(sentence)


@pytest.mark.parametrize("question", ["Koliko iznosi dnevnica?", "Who pays the rent?", "Što ako zakasnim?"])
def test_other_questions_ask_for_no_term(question):
    assert asked_term(question, HR) is None
