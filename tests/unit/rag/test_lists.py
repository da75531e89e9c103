from dataclasses import replace

import pytest

from ragapp.adapters.extractive_generator import ExtractiveGenerator
from ragapp.rag.lists import asks_for_all, find_lists, plain_listing
from ragapp.rag.types import GenerationRequest, Language
from tests.unit.rag.passages import passage

HR, EN = Language.CROATIAN, Language.ENGLISH
LEAVE = """Članak 5. Odmori i dopusti {#cl5}

Radnik ima pravo na plaćeni dopust do sedam radnih dana godišnje, i to:

- za sklapanje braka pet radnih dana,
- za selidbu dva radna dana,
- za svako darivanje krvi jedan radni dan."""


async def written(question, language, *passages):
    request = GenerationRequest(question, language, passages)
    return "".join([piece async for piece in ExtractiveGenerator().stream(request)])


def test_a_list_has_the_line_that_announces_it_and_its_items():
    (found,) = find_lists(LEAVE)
    assert LEAVE[slice(*found.lead)].endswith("i to:")
    assert [LEAVE[slice(*item)] for item in found.items][1] == "- za selidbu dva radna dana,"
    assert not found.goes_on


def test_a_list_that_is_cut_off_says_so():
    assert find_lists(LEAVE.rpartition("\n")[0])[0].goes_on


@pytest.mark.parametrize(
    "question",
    [
        "List all suppliers",
        "What are the rules for visitors?",
        "Which documents should I bring?",
        "What do I have to bring on my first day?",
        "Which costs of a trip are not refunded?",
        "What does it cover?",
        "Who are our suppliers?",
        "Koje spremnike imamo?",
        "Za što sve imam pravo?",
        "Koji se troškovi priznaju stipendistima?",
        "Koje dokumente trebam priložiti?",
        "Koje štete na stroju plaća stanar?",
        "Navedi sve vanjske suradnike",
        "Tko su voditelji?",
        "Za koje troškove mogu dobiti novac?",
    ],
)
def test_several_things_are_asked_for(question):
    assert asks_for_all(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which machine needs a course before use?",
        "What is the price of the large bag?",
        "Which address is right?",
        "What is the status of ticket HD-1?",
        "How many days does it take?",
        "Who leads the bird counts?",
        "Koja je kazna za začepljeni odvod?",
        "Koji telefon ima Ana Zec?",
        "Koje je boje kombi?",
        "Koje godine je osnovana zadruga?",
        "Koju sobu ima Ivo?",
        "Tko vozi kombi?",
        "Koliko stoji karta?",
    ],
)
def test_one_thing_is_asked_for(question):
    assert not asks_for_all(question)


async def test_one_thing_of_a_list_is_given_with_its_lead_and_a_word_that_there_is_more():
    answer = await written("Koliko dana dobivam za selidbu?", HR, passage(0, LEAVE))
    assert "i to: [1]" in answer
    assert "za selidbu dva radna dana" in answer
    assert "darivanje" not in answer
    assert "još stavki u dokumentu: 2" in answer


async def test_a_colon_before_an_enumeration_in_one_line_takes_it_along():
    text = (
        "Operatori su obvezni svojim korisnicima osigurati sljedeće: − bilježenje podataka o uslugama − uvid u troškove"
        " − raščlanjen račun. Ostalo uređuje pravilnik. " + "Ova se odredba primjenjuje i na druge osobe. " * 8
    )
    answer = await written("Što su operatori obvezni osigurati?", HR, passage(0, text))
    assert "raščlanjen račun" in answer


async def test_of_lines_that_name_things_only_the_one_asked_for_is_given():
    text = "# Contractors\n\nPrinting: Studio Val\n\nTranslation: Lingva Nova\n\nCleaning: Bright Ltd"
    answer = await written("Who does the translation?", EN, replace(passage(0, text), language="en"))
    assert "Lingva Nova" in answer
    assert "Studio Val" not in answer


async def test_an_answer_never_stops_at_the_colon():
    answer = await written("Za što imam pravo na plaćeni dopust?", HR, passage(0, LEAVE))
    assert "i to: [1]" in answer
    assert "- za selidbu dva radna dana," in answer
    assert answer.rstrip().endswith("[1]")
    assert "{#" not in answer


async def test_part_of_a_long_list_says_that_there_is_more():
    text = "It covers:\n\n" + "\n".join(f"- item number {n} of the cover" for n in range(30))
    answer = await written("What does it cover?", EN, passage(0, text))
    assert "more items in the document: 15" in answer


async def test_lines_that_name_one_thing_each_are_all_given():
    text = "# Suppliers\n\nSteel: Metalis d.o.o.\n\nPaint: Kolor Plus d.o.o.\n\nGlass: Staklo Nova d.d."
    answer = await written("List all suppliers", EN, replace(passage(0, text), heading="Suppliers", language="en"))
    assert all(name in answer for name in ("Metalis", "Kolor Plus", "Staklo Nova"))
    assert plain_listing("One sentence that is prose.\nAnother one.") is None


async def test_a_quotation_in_another_language_says_so():
    text = "Fines for late children's books are abolished from 1 April."
    answer = await written("Kolika je kazna za djecu?", HR, replace(passage(0, text), language="en"))
    assert answer.startswith("Dokument je na engleskom")


async def test_what_decides_comes_first_for_a_yes_or_no():
    text = "The lease is for offices. Subletting of the office is not permitted. Office subletting: see clause 4."
    answer = await written("Is subletting of the office allowed?", EN, passage(0, text))
    assert answer.index("not permitted") < 90


async def test_a_row_found_by_its_code_in_another_language_says_so_where_the_columns_are_in_it():
    text = "Račun | Dobavljač | Iznos\nR-2026/17 | Drvo d.o.o. | 500 €\nR-2026/18 | Bor d.o.o. | 700 €"
    columns = ("Račun", "Dobavljač", "Iznos")
    bill = replace(passage(0, text), language="hr", columns=columns, rows_start=text.index("\n") + 1)
    closeness = {(0, text.index("R-2026/17")): 0.1, (0, text.index("R-2026/18")): 0.3}
    request = GenerationRequest("What is the amount of R-2026/17?", EN, (bill,), closeness=closeness)
    answer = "".join([piece async for piece in ExtractiveGenerator().stream(request)])
    assert answer.startswith("The document is in Croatian")
    assert "500 €" in answer
    assert "700 €" not in answer


async def test_columns_in_the_language_of_the_question_say_that_only_names_are_foreign():
    text = "Order | Supplier | Goods\nPO-17 | Vukovar Drvo | table\nPO-18 | Gospić Staklo | door"
    columns = ("Order", "Supplier", "Goods")
    orders = replace(passage(0, text), language="hr", columns=columns, rows_start=text.index("\n") + 1)
    answer = await written("Which supplier has order PO-18?", EN, orders)
    assert "Gospić Staklo" in answer
    assert "The document is in" not in answer
