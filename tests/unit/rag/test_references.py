import pytest

from ragapp.core.ids import ChunkId
from ragapp.rag.analysis import PassageFields, analyse, analyse_question
from ragapp.rag.identifiers import asked_codes, codes_of
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.matching import question_words, tokens_of
from ragapp.rag.references import Reference, find_references, own_keys, without_references
from ragapp.rag.types import Language

HR, EN = Language.CROATIAN, Language.ENGLISH


@pytest.mark.parametrize(
    "written",
    [
        "čl. 14. st. 2.",
        "čl.14.st.2",
        "Čl. 14, st. 2",
        "cl. 14 st. 2",
        "članak 14. stavak 2.",
        "članka 14. stavka 2.",
        "članku 14. stavku (2)",
        "stavak 2. članka 14.",
        "st. 2. čl. 14.",
        "Article 14(2)",
        "art. 14(2)",
        "Art. 14 (2)",
        "article 14 paragraph 2",
        "Article 14, para. 2",
        "paragraph 2 of Article 14",
        "§ 14 (2)",
        "§14 st. 2",
    ],
)
def test_every_notation_of_a_paragraph_is_one_reference(written):
    assert find_references(f"Prema {written} vrijedi") == [Reference("14", "2")]
    assert without_references(f"Prema {written} vrijedi").split() == ["Prema", "vrijedi"]
    assert asked_codes(f"{written}?") == codes_of(written) == []


@pytest.mark.parametrize("written", ["čl. 14", "članak 14.", "ČLANAK 14.", "članka 14", "article 14", "Art 14", "§ 14"])
def test_every_notation_of_an_article_is_one_reference(written):
    assert [reference.key for reference in find_references(f"({written})")] == ["cl14"]


@pytest.mark.parametrize("text", ["14 članova", "smart 14", "part 2 of 3", "start 5", "claim 14", "sto 14"])
def test_other_words_before_numbers_are_no_reference(text):
    assert find_references(text) == []


def test_an_article_with_a_letter_is_another_article():
    assert find_references("članak 14.a i čl. 14 b članka 14a") == [Reference("14a"), Reference("14")]


def test_a_passage_is_of_the_article_above_it_and_of_no_article_it_mentions():
    assert own_keys("Zakon › Članak 14.", "(1) Rok iz članka 7. teče.\n(2) Žalba.") == ["cl14", "cl14st1", "cl14st2"]
    assert own_keys("", "## Članak 3. {#cl3}\n\nTekst.") == ["cl3"]
    assert own_keys("Zakon › Opće odredbe", "U smislu članka 7. rok teče.") == []


def index(*texts):
    fields = [PassageFields(text, heading) for heading, text in texts]
    return LexicalIndex((ChunkId(f"d:1:{n}"), analyse(one, HR)) for n, one in enumerate(fields))


@pytest.mark.parametrize("question", ["Što kaže čl. 14. st. 2.?", "što piše u članku 14.", "sto kaze art. 14(2)"])
def test_the_article_itself_comes_before_those_that_mention_it(question):
    found = index(
        ("Članak 7.", "(1) U slučaju iz članka 14. stavka 2. rok iz članka 14. ne teče."),
        ("Članak 14.", "(1) Opće pravilo.\n\n(2) Iznimka od pravila."),
        ("Članak 15.", "(1) Na dan 14. siječnja."),
    )
    hits = found.search(analyse_question(question, HR), limit=3)
    assert [hit.chunk_id for hit in hits][:2] == ["d:1:1", "d:1:0"]


def test_a_reference_in_another_notation_is_not_taken_for_absent():
    plain = index(("14. Naknada", "Naknada iznosi pet eura."), ("15. Rok", "Rok je osam dana."))
    query = analyse_question("naknada prema čl. 14", HR)
    assert query.codes == ()
    assert plain.search(query, limit=1)[0].chunk_id == "d:1:0"
    assert max(plain.rarity(query)) < plain.highest_rarity()
    words = question_words(query, [1.0] * len(query.words), HR)
    assert words.credits(tokens_of("14. Naknada")) == [1.0, 0.7]
    assert words.credits(tokens_of("Naknada iz članka 14.")) == [1.0, 1.0]
