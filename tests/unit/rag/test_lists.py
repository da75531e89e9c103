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


@pytest.mark.parametrize("question", ["List all suppliers", "Koje spremnike imamo?", "Za što sve imam pravo?"])
def test_several_things_are_asked_for(question):
    assert asks_for_all(question)


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
