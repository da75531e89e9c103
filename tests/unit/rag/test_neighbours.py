import pytest

from ragapp.core.ids import ChunkId
from ragapp.rag.fusion import FusedHit
from ragapp.rag.neighbours import lift_by_neighbours
from ragapp.rag.types import Language

HITS = [
    FusedHit(ChunkId("alone:1:5"), 0.85),
    FusedHit(ChunkId("law:1:9"), 0.75),
    FusedHit(ChunkId("law:1:10"), 0.70),
    FusedHit(ChunkId("law:2:11"), 0.65),
]


def test_a_passage_found_beside_another_comes_before_one_found_alone():
    lifted = lift_by_neighbours(HITS, Language.CROATIAN, 1000)
    assert [hit.chunk_id for hit in lifted] == ["law:1:9", "law:1:10", "alone:1:5", "law:2:11"]
    assert all(0 <= hit.score <= 1 for hit in lifted)


@pytest.mark.parametrize(
    ("language", "count"), [(Language.ENGLISH, 1000), (Language.CROATIAN, 4), (Language.CROATIAN, 0)]
)
def test_english_questions_and_libraries_of_a_few_passages_keep_their_order(language, count):
    assert lift_by_neighbours(HITS, language, count) == HITS


def test_the_lift_grows_with_the_library():
    small, large = (lift_by_neighbours(HITS, Language.CROATIAN, count) for count in (5, 1000))
    assert small[0].chunk_id == "alone:1:5"
    assert large[0].chunk_id == "law:1:9"
