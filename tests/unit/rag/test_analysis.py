import pytest

from ragapp.rag.analysis import PassageFields, analyse, analyse_question
from ragapp.rag.terms import ANALYSIS_VERSION, OutdatedTerms, pack_terms, unpack_terms
from ragapp.rag.types import Language
from ragapp.rag.words import split_token, stem_word, stems_of

HR, EN = Language.CROATIAN, Language.ENGLISH


def shared_weight(question, text, language=HR):
    query = analyse_question(question, language)
    present = set(analyse(PassageFields(text), language).hashes.tolist())
    return sum(float(w) for h, w in zip(query.hashes, query.weights, strict=True) if int(h) in present)


@pytest.mark.parametrize(
    ("left", "right"),
    [("zakonom", "zakona"), ("prijavljivanje", "prijavljivanja"), ("državnim", "državne"), ("godinama", "godina")],
)
def test_inflections_of_a_croatian_word_share_their_stem(left, right):
    assert stems_of(left, HR) == stems_of(right, HR)


@pytest.mark.parametrize(("left", "right"), [("companies", "company"), ("running", "runs"), ("stopped", "stops")])
def test_inflections_of_an_english_word_share_their_stem(left, right):
    assert stems_of(left, EN) == stems_of(right, EN)


def test_words_typed_without_diacritics_meet_those_with_them():
    with_marks = shared_weight("čuvanje kućišta", "Čuvanje kućišta")
    assert shared_weight("cuvanje kucista", "Čuvanje kućišta") == pytest.approx(with_marks) != 0


def test_dj_stands_for_the_letter_d_with_stroke():
    assert stems_of("medjunarodni", HR) == stems_of("međunarodni", HR)


def test_soft_hyphens_do_not_split_words():
    assert stems_of("elek\u00adtronički", HR) == stems_of("elektronički", HR)


def test_a_decomposed_letter_equals_the_composed_one():
    assert stems_of("c\u030cuvanje", HR) == stems_of("čuvanje", HR)


def test_a_word_with_a_slip_still_shares_some_of_its_pieces():
    text = "korisnik je nedostupan"
    assert 0 < shared_weight("nedostpuan", text) < shared_weight("nedostupan", text)


def test_stop_words_make_no_terms():
    assert analyse_question("gdje je to i kako se može", HR).words == ()
    assert analyse_question("where is it and how", EN).words == ()


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("camelCase", ("camelcase", "camel", "case")),
        ("snake_case", ("snake_case", "snake", "case")),
        ("art23", ("art23", "art", "23")),
        ("12/2020", ("12/2020", "12", "2020")),
        ("10.000.000,00", ("10000000",)),
        ("5,500,000", ("5500000",)),
        ("HAKOM", ("hakom",)),
    ],
)
def test_identifiers_and_numbers_are_split_and_kept_whole(token, parts):
    assert split_token(token) == parts


def test_numbers_are_never_stemmed():
    assert stem_word("2016", EN) == "2016"


def test_heading_and_lead_in_make_a_passage_findable():
    passage = analyse(PassageFields("Rok je osam dana.", heading="Žalba", lead_in="Prigovor"), HR)
    for word in ("žalba", "prigovor"):
        assert set(analyse_question(word, HR).hashes.tolist()) <= set(passage.hashes.tolist())


def test_each_word_of_a_question_counts_once():
    assert analyse_question("kazna kazna KAZNA", HR).words == ("kazna",)


def test_packed_terms_come_back_as_they_were():
    terms = analyse(PassageFields("Tko neovlašteno pristupi računalnom sustavu", title="Kazneni zakon"), HR)
    back = unpack_terms(pack_terms(terms))
    assert back.hashes.tolist() == terms.hashes.tolist() == sorted(set(terms.hashes.tolist()))
    assert back.counts.tolist() == terms.counts.tolist()
    assert back.length == terms.length == 5


def test_an_empty_passage_packs_and_unpacks():
    assert unpack_terms(pack_terms(analyse(PassageFields(""), HR))).length == 0


@pytest.mark.parametrize("spoil", [lambda b: b[:-1], lambda b: bytes([ANALYSIS_VERSION + 1]) + b[1:], lambda b: b""])
def test_a_blob_of_another_version_or_cut_short_is_outdated(spoil):
    with pytest.raises(OutdatedTerms):
        unpack_terms(spoil(pack_terms(analyse(PassageFields("tekst"), HR))))
