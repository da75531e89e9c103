"""Every vector index keeps the promises of `rag.ports.VectorIndex`."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from chromadb.api.models.Collection import Collection

from ragapp.adapters.chroma_index import ChromaIndex
from ragapp.adapters.chroma_storage import collection_name
from ragapp.core.errors import DimensionMismatch, IndexUnavailable
from ragapp.core.ids import ChunkId, KnowledgeBaseId, TenantId
from ragapp.core.precedence import Precedence
from ragapp.rag.ports import VectorIndex, Vectors
from ragapp.rag.types import CollectionRef
from tests.fakes.vector_index import MemoryIndex

REF = CollectionRef(TenantId("a" * 32), KnowledgeBaseId("b" * 32), "model:1:int8", 1)
OTHER_TENANT = replace(REF, tenant_id=TenantId("c" * 32))


@pytest.fixture(params=["memory", "chroma"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    made: VectorIndex = MemoryIndex() if request.param == "memory" else ChromaIndex.embedded(tmp_path / "chroma")
    yield made
    await made.close()


def unit_vectors(count: int, *, seed: int = 7, dimension: int = 16) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def chunk_ids(count: int, prefix: str = "doc:1:") -> list[ChunkId]:
    return [ChunkId(f"{prefix}{ordinal}") for ordinal in range(count)]


async def test_the_nearest_ids_come_best_first_with_their_cosine(index: VectorIndex) -> None:
    ids, vectors = chunk_ids(40), unit_vectors(40)
    await index.add(REF, ids, vectors)
    question = unit_vectors(1, seed=8)[0]
    hits = await index.query(REF, question, limit=5)
    cosines = vectors @ question
    best = np.argsort(-cosines)[:5]
    assert [hit.chunk_id for hit in hits] == [ids[position] for position in best]
    assert [hit.score for hit in hits] == pytest.approx(cosines[best], abs=1e-5)


async def test_a_query_returns_no_more_than_there_is(index: VectorIndex) -> None:
    await index.add(REF, chunk_ids(3), unit_vectors(3))
    assert len(await index.query(REF, unit_vectors(1)[0], limit=10)) == 3


async def test_an_absent_collection_is_empty_everywhere(index: VectorIndex) -> None:
    assert await index.query(REF, unit_vectors(1)[0], limit=3) == []
    assert await index.list_ids(REF) == set()
    assert await index.fetch(REF, chunk_ids(1)) == {}
    assert await index.list_collections() == []
    await index.remove(REF, chunk_ids(1))
    await index.drop(REF)


async def test_an_id_already_present_keeps_its_vector(index: VectorIndex) -> None:
    ids = chunk_ids(3)
    first, second = unit_vectors(3, seed=1), unit_vectors(3, seed=2)
    await index.add(REF, ids[:2], first[:2])
    await index.add(REF, ids, second)
    stored = await index.fetch(REF, ids)
    assert np.allclose(stored[ids[0]], first[0], atol=1e-6)
    assert np.allclose(stored[ids[2]], second[2], atol=1e-6)
    assert await index.list_ids(REF) == set(ids)


async def test_more_vectors_than_one_batch_all_arrive(index: VectorIndex) -> None:
    ids, vectors = chunk_ids(620), unit_vectors(620)
    await index.add(REF, ids, vectors)
    assert await index.list_ids(REF) == set(ids)
    stored = await index.fetch(REF, ids)
    assert all(np.allclose(stored[chunk_id], vector, atol=1e-6) for chunk_id, vector in zip(ids, vectors, strict=True))


async def test_removed_ids_are_never_found_again_and_absent_ones_are_ignored(index: VectorIndex) -> None:
    ids, vectors = chunk_ids(4), unit_vectors(4)
    await index.add(REF, ids, vectors)
    await index.remove(REF, [ids[0], ChunkId("absent:1:0")])
    assert ids[0] not in {hit.chunk_id for hit in await index.query(REF, vectors[0], limit=10)}
    assert await index.list_ids(REF) == set(ids[1:])


@pytest.mark.parametrize(
    "other",
    [
        OTHER_TENANT,
        replace(REF, knowledge_base_id=KnowledgeBaseId("d" * 32)),
        replace(REF, fingerprint="model:2"),
        replace(REF, generation=2),
    ],
)
async def test_collections_that_differ_in_one_part_share_nothing(index: VectorIndex, other: CollectionRef) -> None:
    await index.add(REF, chunk_ids(2, "mine:1:"), unit_vectors(2))
    await index.add(other, chunk_ids(2, "theirs:1:"), unit_vectors(2))
    hits = await index.query(REF, unit_vectors(1)[0], limit=10)
    assert {hit.chunk_id for hit in hits} == set(chunk_ids(2, "mine:1:"))
    await index.drop(other)
    assert await index.list_ids(REF) == set(chunk_ids(2, "mine:1:"))


async def test_collections_are_listed_as_they_were_named(index: VectorIndex) -> None:
    hostile = CollectionRef(TenantId("../../x"), KnowledgeBaseId('a","b'), "č ž/..\n", 3)
    for ref in (REF, OTHER_TENANT, hostile):
        await index.add(ref, chunk_ids(1), unit_vectors(1))
    assert set(await index.list_collections()) == {REF, OTHER_TENANT, hostile}


async def test_a_dropped_collection_starts_empty_and_may_change_dimension(index: VectorIndex) -> None:
    await index.add(REF, chunk_ids(2), unit_vectors(2))
    await index.drop(REF)
    assert await index.list_collections() == []
    assert await index.list_ids(REF) == set()
    await index.add(REF, chunk_ids(1), unit_vectors(1, dimension=8))
    assert len(await index.query(REF, unit_vectors(1, dimension=8)[0], limit=5)) == 1


async def test_an_index_that_answers_answers_a_ping(index: VectorIndex) -> None:
    await index.ping()


def count_folders(folder: Path) -> int:
    return sum(entry.is_dir() for entry in folder.iterdir())


async def test_chroma_is_never_sent_an_id_it_already_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    add = Collection.add

    def spied(self: Collection, ids: list[str], **rest: Any) -> None:
        sent.extend(ids)
        add(self, ids, **rest)

    monkeypatch.setattr(Collection, "add", spied)
    index = ChromaIndex.embedded(tmp_path)
    await index.add(REF, chunk_ids(2), unit_vectors(2))
    await index.add(REF, chunk_ids(3), unit_vectors(3))
    await index.close()
    assert sent == chunk_ids(3)


async def test_what_was_added_is_there_after_reopening(tmp_path: Path) -> None:
    first = ChromaIndex.embedded(tmp_path)
    await first.add(REF, chunk_ids(5), unit_vectors(5))
    await first.close()
    second = ChromaIndex.embedded(tmp_path)
    assert await second.list_ids(REF) == set(chunk_ids(5))
    await second.close()


async def test_dropping_a_collection_leaves_none_of_its_files(tmp_path: Path) -> None:
    index = ChromaIndex.embedded(tmp_path)
    await index.add(REF, chunk_ids(1200), unit_vectors(1200))
    await index.add(OTHER_TENANT, chunk_ids(1200), unit_vectors(1200))
    assert count_folders(tmp_path) == 2
    await index.drop(REF)
    assert count_folders(tmp_path) == 1
    assert len(await index.query(OTHER_TENANT, unit_vectors(1)[0], limit=3)) == 3
    await index.close()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
async def test_chroma_refuses_vectors_without_a_direction(tmp_path: Path, bad: float) -> None:
    index = ChromaIndex.embedded(tmp_path)
    vectors = np.full((1, 4), bad, dtype=np.float32)
    with pytest.raises(DimensionMismatch):
        await index.add(REF, chunk_ids(1), vectors)
    await index.close()


async def test_the_same_batch_added_twice_at_once_is_stored_once(index: VectorIndex) -> None:
    ids, vectors = chunk_ids(300), unit_vectors(300)
    await asyncio.gather(index.add(REF, ids, vectors), index.add(REF, ids, vectors))
    assert await index.list_ids(REF) == set(ids)
    hits = await index.query(REF, vectors[0], limit=400)
    assert len({hit.chunk_id for hit in hits}) == len(hits) == 300


class StuckClient:
    """A database that never answers until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def heartbeat(self) -> int:
        self.released.wait()
        return 1

    def close(self) -> None:
        """There is nothing to close."""


async def test_an_index_that_does_not_answer_in_time_is_unavailable() -> None:
    client = StuckClient()
    index = ChromaIndex(lambda: cast("Any", client), timeout_s=0.05)
    with pytest.raises(IndexUnavailable):
        await index.ping()
    client.released.set()
    await index.close()


async def test_a_folder_that_cannot_be_opened_is_an_unavailable_index(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    index = ChromaIndex.embedded(tmp_path / "file")
    with pytest.raises(IndexUnavailable):
        await index.query(REF, unit_vectors(1)[0], limit=1)
    await index.close()


def test_collection_names_are_within_what_chroma_accepts() -> None:
    name = collection_name(replace(REF, tenant_id=TenantId("ž" * 900)))
    assert 3 <= len(name) <= 512
    assert name.replace("-", "").isalnum()


async def test_adding_lets_questions_pass_between_its_steps(tmp_path: Path) -> None:
    precedence = Precedence(longest_wait_s=60.0)
    index = ChromaIndex.embedded(tmp_path, precedence=precedence)
    ids = [ChunkId(f"d:1:{number}") for number in range(40)]
    vectors = np.eye(40, dtype=np.float32)
    with precedence.question():
        adding = asyncio.create_task(index.add(REF, ids, vectors))
        assert await index.list_ids(REF) == set()
        assert not adding.done()
    await asyncio.wait_for(adding, 60)
    assert await index.list_ids(REF) == set(ids)
    await index.close()
