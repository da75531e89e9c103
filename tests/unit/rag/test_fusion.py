import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragapp.core.ids import ChunkId
from ragapp.rag.blending import EmbedderKind, blend, embedder_kind, relative_scores, vector_share
from ragapp.rag.fusion import fuse_reciprocal_ranks, fuse_weighted_ranks
from ragapp.rag.types import Hit, Language

IDS = st.lists(st.sampled_from("abcdefgh").map(ChunkId), unique=True, max_size=8)


def hits(**scores):
    return [Hit(ChunkId(name), score) for name, score in scores.items()]


def test_scores_are_the_sum_of_reciprocal_ranks():
    fused = fuse_reciprocal_ranks([["a", "b"], ["b"]], k=60, limit=5)
    assert [(hit.chunk_id, hit.score) for hit in fused] == [("b", 1 / 62 + 1 / 61), ("a", 1 / 61)]


def test_ties_keep_the_order_of_first_appearance():
    assert [hit.chunk_id for hit in fuse_reciprocal_ranks([["x", "y"], ["y", "x"]], limit=2)] == ["x", "y"]


@given(st.lists(IDS, min_size=1, max_size=4), st.integers(1, 10))
def test_fused_ids_are_unique_known_and_best_first(rankings, limit):
    fused = fuse_reciprocal_ranks(rankings, limit=limit)
    ids = [hit.chunk_id for hit in fused]
    everything = {chunk_id for ranking in rankings for chunk_id in ranking}
    assert len(ids) == len(set(ids)) == min(limit, len(everything))
    assert set(ids) <= everything
    assert [hit.score for hit in fused] == sorted((hit.score for hit in fused), reverse=True)


def test_a_list_of_weight_zero_adds_no_ids():
    assert [hit.chunk_id for hit in fuse_weighted_ranks([["a"], ["b"]], [0, 1], limit=5)] == ["b"]


@pytest.mark.parametrize(
    ("rankings", "weights", "k", "limit"),
    [([], [], 60, 1), ([["a"]], [1, 1], 60, 1), ([["a"]], [-1], 60, 1), ([["a"]], [1], 0, 1), ([["a"]], [1], 60, 0)],
)
def test_impossible_arguments_are_refused(rankings, weights, k, limit):
    with pytest.raises(ValueError, match=r"at least|weight"):
        fuse_weighted_ranks(rankings, weights, k=k, limit=limit)


def test_relative_scores_run_from_the_floor_to_the_best():
    assert relative_scores(hits(a=0.8, b=0.6, c=0.4), floor_rank=20) == pytest.approx({"a": 1.0, "b": 0.5, "c": 0.0})
    assert relative_scores(hits(a=8.0, b=2.0)) == pytest.approx({"a": 1.0, "b": 0.25})
    assert relative_scores(hits(a=0.5), floor_rank=20) == {"a": 1.0}
    assert relative_scores([]) == {}


def test_with_one_leg_silent_the_other_decides_alone():
    words = hits(a=3.0, b=1.0)
    assert [hit.chunk_id for hit in blend([], words, share=0.9, limit=5)] == ["a", "b"]
    assert [hit.chunk_id for hit in blend(words, [], share=0.0, limit=5)] == ["a", "b"]
    assert blend([], [], share=0.5, limit=5) == []


def test_a_passage_liked_by_both_legs_beats_the_favourite_of_one():
    fused = blend(hits(a=0.9, b=0.8, c=0.1), hits(d=5.0, b=4.5, c=0.1), share=0.5, limit=2)
    assert fused[0].chunk_id == "b"
    assert 0 <= fused[1].score <= fused[0].score <= 1


def test_english_only_vectors_hardly_count_for_croatian():
    assert vector_share(EmbedderKind.ENGLISH, Language.CROATIAN) < 0.1
    assert vector_share(EmbedderKind.MULTILINGUAL, Language.CROATIAN) >= 0.5


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sentence-transformers/all-MiniLM-L6-v2", EmbedderKind.ENGLISH),
        ("BAAI/bge-small-en-v1.5", EmbedderKind.ENGLISH),
        ("BAAI/bge-m3", EmbedderKind.MULTILINGUAL),
        ("paraphrase-multilingual-MiniLM-L12-v2", EmbedderKind.MULTILINGUAL),
    ],
)
def test_well_known_models_are_told_apart_by_name(name, kind):
    assert embedder_kind(name) is kind
