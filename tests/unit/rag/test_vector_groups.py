from ragapp.core.ids import ChunkId
from ragapp.rag.types import Chunk, Hit
from ragapp.rag.vector_groups import PASSAGES_APART, group_for_vectors, sample_rows, share_vector_hits


def passages(count: int, *, table: int | None, first: int = 0) -> list[Chunk]:
    numbers = range(first, first + count)
    return [Chunk(number, f"row {number};", number, number, None, "", table=table) for number in numbers]


def test_prose_and_small_tables_have_a_vector_for_each_passage():
    chunks = [*passages(500, table=None), *passages(PASSAGES_APART, table=0, first=500)]
    assert group_for_vectors(chunks) == [None] * len(chunks)


def test_groups_are_consecutive_passages_of_one_table_and_named_by_their_first():
    chunks = [*passages(60, table=0), *passages(10, table=None, first=60), *passages(60, table=1, first=70)]
    carriers = group_for_vectors(chunks)
    assert carriers[60:70] == [None] * 10
    assert carriers[0] == 0
    assert carriers[70] == 70
    for chunk, carrier in zip(chunks, carriers, strict=True):
        if carrier is not None:
            assert carrier <= chunk.ordinal
            assert carriers[carrier] == carrier
            assert chunks[carrier].table == chunk.table


def test_a_big_table_makes_few_groups_however_long_it_is():
    for count in (41, 1_000, 5_000, 100_000):
        groups = set(group_for_vectors(passages(count, table=0)))
        assert len(groups) <= min(count / 2, 2_000)
    assert len(set(group_for_vectors(passages(100_000, table=0)))) < 1_200


def test_a_row_at_the_top_leaves_the_groups_below_as_they_were():
    chunks = passages(400, table=0)
    moved = [Chunk(0, "a new row", 0, 0, None, "", table=0)]
    moved += [Chunk(chunk.ordinal + 1, chunk.text, 0, 0, None, "", table=0) for chunk in chunks]
    before, after = _members(chunks), _members(moved)
    assert len(before ^ after) <= 4


def _members(chunks: list[Chunk]) -> set[tuple[str, ...]]:
    groups: dict[int | None, list[str]] = {}
    for chunk, carrier in zip(chunks, group_for_vectors(chunks), strict=True):
        groups.setdefault(carrier, []).append(chunk.text)
    return {tuple(texts) for texts in groups.values()}


def test_the_sample_is_spread_over_the_group_and_no_longer_than_an_encoder_reads():
    texts = ["\n".join(f"row {part}.{line} " + "x" * 50 for line in range(20)) for part in range(10)]
    sample = sample_rows(texts)
    assert len(sample) <= 1_200
    assert {line.split(".")[0] for line in sample.split("\n")} == {f"row {part}" for part in range(10)}
    assert sample_rows(["y" * 5_000]) == "y" * 1_200
    assert sample_rows(["one", "two"]) == "one\ntwo"


def test_the_rows_that_words_name_stand_for_the_group_that_meaning_found():
    group, other, prose = ChunkId("d:1:0"), ChunkId("d:1:9"), ChunkId("e:1:0")
    members = [ChunkId(f"d:1:{number}") for number in range(1, 9)]
    carriers = [{group: group, **dict.fromkeys(members, group), other: other}]
    vector = [Hit(prose, 0.9), Hit(group, 0.8), Hit(other, 0.7)]
    lexical = [Hit(members[5], 9.0), Hit(prose, 8.0), *(Hit(member, 1.0) for member in members[:4])]
    found = share_vector_hits(vector, lexical, carriers)
    assert found == [
        Hit(prose, 0.9),
        *(Hit(chunk_id, 0.8) for chunk_id in (members[5], members[0], members[1])),
        Hit(other, 0.7),
    ]
    assert share_vector_hits(vector, [], carriers) == vector
