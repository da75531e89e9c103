import numpy as np
import pytest

from ragapp.core.errors import IdempotencyKeyReused, InvalidInput
from ragapp.core.ids import DocumentId, KnowledgeBaseId, chunk_id
from ragapp.models import Chunk
from ragapp.store.chunks import NewVector
from ragapp.store.collections import CollectionState
from ragapp.store.paging import decode_cursor
from tests.fakes.accounts import add_tenant
from tests.fakes.rows import add_document


def chunk_row(document_id: DocumentId, version: int, ordinal: int) -> Chunk:
    return Chunk(
        tenant_id="ignored",
        id=chunk_id(document_id, version, ordinal),
        document_id=document_id,
        version=version,
        ordinal=ordinal,
        text=f"piece {ordinal}",
        start=0,
        end=7,
        terms=b"",
        analysis_version=1,
    )


async def add_version(store, household, document_id, version, count=3):
    async with store.begin(household.owner) as tx:
        rows = [chunk_row(document_id, version, ordinal) for ordinal in range(count)]
        await tx.chunks.add_many(rows)
        vectors = [NewVector(row.id, b"", np.full(4, row.ordinal, "<f4").tobytes()) for row in rows]
        await tx.chunks.add_vectors("e1", vectors)


async def test_pages_follow_each_other_without_gap_or_repetition(store, clock):
    household = await add_tenant(store)
    added = []
    for number in range(7):
        clock.advance(seconds=number % 2)
        added.append(await add_document(store, household, created_at=clock.now()))
    seen, cursor = [], None
    async with store.read(household.owner) as tx:
        while True:
            rows, cursor = await tx.documents.list_page(limit=3, cursor=cursor)
            seen += [row.id for row in rows]
            if cursor is None:
                break
    assert sorted(seen) == sorted(added)
    assert len(seen) == 7


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "W10", "WyIyMDI2LTAxLTAxIiwgImEiXQ", "%%%"])
def test_a_forged_cursor_is_refused(cursor):
    with pytest.raises(InvalidInput):
        decode_cursor(cursor)


async def test_a_name_search_takes_wildcards_literally(store):
    household = await add_tenant(store)
    wanted = await add_document(store, household, title="Rast 100% u 2025.")
    await add_document(store, household, title="Rast 1000 u 2025.")
    async with store.read(household.owner) as tx:
        rows, _ = await tx.documents.list_page(limit=10, query="100%")
    assert [row.id for row in rows] == [wanted]


async def test_only_the_readable_version_is_current(store):
    household = await add_tenant(store)
    document_id = await add_document(store, household)
    await add_version(store, household, document_id, 1)
    base = household.knowledge_base_id
    async with store.begin(household.owner) as tx:
        assert await tx.chunks.list_current_ids(base) == []
        await tx.documents.change(document_id, version=1, chunk_count=3)
    await add_version(store, household, document_id, 2, count=5)
    async with store.begin(household.owner) as tx:
        assert len(await tx.chunks.list_current_vectors(base, "e1")) == 3
        assert await tx.chunks.count_current([base]) == 3
        ids = [chunk_id(document_id, version, 0) for version in (1, 2)]
        assert [chunk.id for chunk, _ in await tx.chunks.list_current_by_ids(ids)] == ids[:1]
        assert [row.chunk_id for row in await tx.chunks.list_current_passages(ids)] == ids[:1]
        await tx.documents.bury(document_id, household_now(store))
    async with store.begin(household.owner) as tx:
        assert await tx.chunks.list_current_by_ids(ids) == []
        assert await tx.chunks.list_current_passages(ids) == []
        assert await tx.chunks.list_current_ids(base) == []
        assert len(await tx.chunks.list_document_ids(document_id)) == 8
        await tx.documents.purge(document_id)
        assert await tx.chunks.list_document_ids(document_id) == []


def household_now(store):
    return store._clock.now()


async def test_chunks_without_a_vector_are_found_in_order(store):
    household = await add_tenant(store)
    document_id = await add_document(store, household)
    async with store.begin(household.owner) as tx:
        await tx.chunks.add_many([chunk_row(document_id, 1, ordinal) for ordinal in range(12)])
        await tx.chunks.add_vectors("e1", [NewVector(chunk_id(document_id, 1, 0), b"", b"1234")])
    async with store.read(household.owner) as tx:
        missing = await tx.chunks.list_without_vector(document_id, 1, "e1")
        assert [chunk.ordinal for chunk in missing] == list(range(1, 12))
        assert len(await tx.chunks.list_without_vector(document_id, 1, "e2")) == 12


async def test_activating_a_generation_retires_the_others(store):
    household = await add_tenant(store)
    base = household.knowledge_base_id
    async with store.begin(household.owner) as tx:
        first = await tx.collections.add_generation(base, "e1", CollectionState.ACTIVE)
        second = await tx.collections.add_generation(base, "e1", CollectionState.BUILDING)
        assert (first.generation, second.generation) == (1, 2)
        assert (await tx.collections.find_serving(base, "e1")).generation == 1
        await tx.collections.activate(second)
    async with store.read(household.owner) as tx:
        assert (await tx.collections.find_serving(base, "e1")).generation == 2
        assert [row.state for row in await tx.collections.list_every()] == ["retired", "active"]


async def test_a_key_is_remembered_for_a_day_and_for_one_request(store, clock):
    household = await add_tenant(store)
    async with store.begin(household.owner) as tx:
        assert await tx.idempotency.find_response("k", "digest") is None
        await tx.idempotency.remember("k", "digest", {"document_id": "d"})
    async with store.begin(household.owner) as tx:
        assert await tx.idempotency.find_response("k", "digest") == {"document_id": "d"}
        with pytest.raises(IdempotencyKeyReused):
            await tx.idempotency.find_response("k", "another")
    clock.advance(hours=24)
    async with store.begin(household.owner) as tx:
        assert await tx.idempotency.find_response("k", "another") is None
        await tx.idempotency.remember("k", "another", {})


async def test_the_default_knowledge_base_is_made_once(store):
    household = await add_tenant(store)
    async with store.begin(household.owner) as tx:
        assert (await tx.knowledge_bases.ensure_default()).id == household.knowledge_base_id
        await tx.knowledge_bases.bump_revision(household.knowledge_base_id)
        absent = KnowledgeBaseId("absent")
        revisions = await tx.knowledge_bases.get_revisions([household.knowledge_base_id, absent])
        assert revisions == {household.knowledge_base_id: 1}
