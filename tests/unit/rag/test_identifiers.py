import pytest

from ragapp.rag.analysis import PassageFields, analyse, analyse_question
from ragapp.rag.identifiers import asked_codes, codes_of, tells_one_thing
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.types import Language

EN = Language.ENGLISH


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("invoice INV-2026-1350", ["inv20261350"]),
        ("what does E-99 mean", ["e99"]),
        ("part 8735-100-999-0", ["87351009990"]),
        ("predmet P-112/2026", ["p1122026"]),
        ("the Kestrel B180", ["b180"]),
        ("manual hf400-freeze-dryer", ["hf400"]),
        ("sušač HF 400", ["hf400"]),
        ("OIB 00000000001", ["00000000001"]),
        ("24V, 90 kg, 12.05.2025, 2025-03-04, 1.234,56, 20th, 1970s, 30-day, 10-godišnji, 8-16, 7:00, 60/100 mm", []),
        ("čl. 14. st. 2. iz 2026. godine", []),
    ],
)
def test_codes_are_told_from_amounts_dates_and_ordinals(text, codes):
    assert asked_codes(text) == codes


def test_a_compound_code_stands_for_its_beginning_too():
    assert "bm114" in codes_of("ugovor BM-114/2025")
    assert asked_codes("ugovor BM-114") == ["bm114"]


def test_a_code_of_letters_and_digits_tells_one_thing_a_year_does_not():
    assert tells_one_thing("vn104")
    assert not tells_one_thing("2026")


def test_the_index_knows_who_holds_which_code():
    texts = {"a": "Unit VN-104 costs 46", "b": "Unit VN-117 costs 32"}
    index = LexicalIndex((name, analyse(PassageFields(text), EN)) for name, text in texts.items())
    query = analyse_question("price of VN-104 and VN-999", EN)
    assert query.codes == ("vn104", "vn999")
    assert index.holders_of_codes(query) == {"a": frozenset({"vn104"})}
    assert index.held_codes(query) == {"vn104"}


def test_a_code_outweighs_common_words():
    texts = {"words": "The price of a unit, the price per day, what is the price", "code": "VN-104 | Saw | 46"}
    index = LexicalIndex((name, analyse(PassageFields(text), EN)) for name, text in texts.items())
    query = analyse_question("What is the price of unit VN-104 per day?", EN)
    assert index.search(query, limit=1)[0].chunk_id == "code"
