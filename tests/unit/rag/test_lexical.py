import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ragapp.core.ids import ChunkId
from ragapp.rag.analysis import PassageFields, analyse, analyse_question
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.types import Language

EN = Language.ENGLISH
VOCABULARY = ["river", "mountain", "castle", "engine", "violin", "harbour", "planet", "garden"]
SENTENCES = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6).map(" ".join)


def passages(texts, first=0):
    return [(ChunkId(f"d:1:{n}"), analyse(PassageFields(text), EN)) for n, text in enumerate(texts, first)]


def search(index, question, limit=10, **options):
    return index.search(analyse_question(question, EN), limit=limit, **options)


def test_the_passage_with_the_words_of_the_question_comes_first():
    index = LexicalIndex(passages(["the river bank", "a mountain garden", "castle on a mountain river"]))
    assert search(index, "which castle stands at the river?")[0].chunk_id == "d:1:2"


def test_passages_without_a_match_are_not_returned():
    index = LexicalIndex(passages(["river", "violin"]))
    assert [hit.chunk_id for hit in search(index, "violin")] == ["d:1:1"]
    assert search(index, "unheard") == []
    assert search(LexicalIndex(), "river") == []
    assert search(index, "the of and") == []


def test_equal_scores_keep_the_order_of_adding_also_at_the_limit():
    index = LexicalIndex(passages(["river castle"] * 6))
    assert [hit.chunk_id for hit in search(index, "river", limit=3)] == ["d:1:0", "d:1:1", "d:1:2"]


def test_a_filter_keeps_the_best_of_what_it_allows():
    index = LexicalIndex(passages(["river river", "river castle garden", "river"]))
    hits = search(index, "river", limit=1, within=lambda chunk_id: chunk_id == "d:1:1")
    assert [hit.chunk_id for hit in hits] == ["d:1:1"]


@given(st.lists(SENTENCES, min_size=1, max_size=25), st.data())
@settings(max_examples=60, deadline=None)
def test_adding_and_removing_piece_by_piece_equals_building_at_once(texts, data):
    everything = passages(texts)
    gone = data.draw(st.sets(st.sampled_from([chunk_id for chunk_id, _ in everything])))
    grown = LexicalIndex()
    for passage in everything:
        grown.add([passage])
    grown.remove(sorted(gone))
    built = LexicalIndex([passage for passage in everything if passage[0] not in gone])
    for word in VOCABULARY:
        left, right = search(grown, word, limit=30), search(built, word, limit=30)
        assert [hit.chunk_id for hit in left] == [hit.chunk_id for hit in right]
        assert np.allclose([hit.score for hit in left], [hit.score for hit in right])
    assert len(grown) == len(built)


def test_removing_unknown_ids_and_adding_known_ones_changes_nothing():
    index = LexicalIndex(passages(["river", "castle"]))
    index.remove([ChunkId("other:1:0")])
    index.add([(ChunkId("d:1:0"), analyse(PassageFields("violin"), EN))])
    assert len(index) == 2
    assert search(index, "violin") == []


def test_a_removed_passage_can_be_added_again():
    index = LexicalIndex(passages(["river", "castle", "garden"]))
    index.remove([ChunkId("d:1:0")])
    assert search(index, "river") == []
    assert ChunkId("d:1:0") not in index
    index.add(passages(["river"]))
    assert [hit.chunk_id for hit in search(index, "river")] == ["d:1:0"]


def test_memory_is_freed_when_passages_go():
    index = LexicalIndex(passages(["river castle garden"] * 40))
    before = index.size_bytes
    index.remove([ChunkId(f"d:1:{n}") for n in range(39)])
    assert index.size_bytes < before / 2


def test_rare_words_tell_more_than_common_ones_and_unknown_ones_most():
    index = LexicalIndex(passages(["river castle", "river garden", "river"]))
    common, rare, unknown = index.rarity(analyse_question("river castle zeppelin", EN)).tolist()
    assert common < rare < unknown
