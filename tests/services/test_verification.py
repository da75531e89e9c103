import asyncio

import pytest
from sqlalchemy import delete
from sqlmodel import col

from ragapp.core.ids import ChunkId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.models import Chunk, ChunkVector, Task
from ragapp.services.upkeep.findings import Finding
from tests.fakes.library import expected_ids


@pytest.fixture
async def document_id(library, household):
    result = await library.upload(household.owner)
    await library.settle()
    return result.document.id


def collection(library):
    return next(iter(library.outside.index.collections.values()))


async def put_right(library, household, expected):
    report = await library.verify(household.owner)
    assert set(report.findings) == expected
    await library.verification.reconcile(household.owner)
    await library.settle()
    assert (await library.verify(household.owner)).is_clean


async def test_everything_in_order_is_clean(library, household, document_id):
    report = await library.verify(household.owner)
    assert (report.is_clean, report.document_count, report.chunk_count) == (True, 1, 5)


async def test_a_missing_index_entry_is_found_and_rebuilt(library, household, document_id):
    collection(library).popitem()
    await put_right(library, household, {Finding.INDEX_ENTRY_MISSING, Finding.INDEX_ENTRY_DIFFERS})


async def test_an_orphaned_index_entry_is_found_and_removed(library, household, document_id):
    collection(library)[ChunkId("gone:1:0")] = next(iter(collection(library).values()))
    await put_right(library, household, {Finding.INDEX_ENTRY_ORPHANED})


async def test_a_wrong_vector_is_found_by_a_deep_check_only(library, household, document_id):
    first, second = list(collection(library))[:2]
    collection(library)[first] = collection(library)[second]
    assert (await library.verification.verify(household.owner)).is_clean
    assert set((await library.verify(household.owner)).findings) == {Finding.INDEX_ENTRY_DIFFERS}


async def test_bytes_that_nothing_needs_are_removed(library, household, document_id):
    await library.store_bytes(household.tenant_id, b"left over")
    await put_right(library, household, {Finding.BYTES_ORPHANED})
    assert (await library.documents.file(household.owner, document_id)).size_bytes > 0


@pytest.mark.parametrize("removes", ["reconciliation", "deletion"])
async def test_bytes_of_an_upload_under_way_are_not_removed(library, household, monkeypatch, removes):
    """The upload stops between storing its bytes and recording them, until whoever removes bytes has looked."""
    remover: asyncio.Task[object] | None = None
    if removes == "deletion":
        gone = (await library.upload(household.owner)).document.id
        await library.settle()
        await library.documents.delete(household.owner, gone)
    keep = library.outside.blobs.keep

    async def keep_and_meet(*args):
        nonlocal remover
        await keep(*args)
        work = library.settle() if removes == "deletion" else library.verification.reconcile(household.owner)
        remover = asyncio.ensure_future(work)
        await asyncio.wait([remover], timeout=0.1)

    monkeypatch.setattr(library.outside.blobs, "keep", keep_and_meet)
    kept = (await library.upload(household.owner)).document.id
    await remover
    await library.settle()
    assert (await library.documents.get(household.owner, kept)).status == DocumentStatus.READY
    assert len(await library.outside.blobs.list_keys(household.tenant_id)) == 1


async def test_a_deletion_beside_uploads_takes_its_bytes_away(library, household):
    gone = (await library.upload(household.owner)).document.id
    await library.settle()
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow():
        yield b"Something else, "
        arrived.set()
        await go_on.wait()
        yield b"which takes its time."

    upload = asyncio.ensure_future(library.documents.upload(household.owner, slow(), filename="slow.txt"))
    await arrived.wait()
    await library.documents.delete(household.owner, gone)
    await library.settle()
    assert await library.outside.blobs.list_keys(household.tenant_id) == []
    go_on.set()
    await upload
    assert len(await library.outside.blobs.list_keys(household.tenant_id)) == 1


async def test_documents_with_the_same_bytes_leave_none_behind_when_deleted_together(library, household):
    other = (await library.knowledge_bases.create(household.owner, name="Other")).id
    ids = [
        (await library.upload(household.owner, **where)).document.id for where in ({}, {"knowledge_base_id": other})
    ]
    await library.settle()
    for document_id in ids:
        await library.documents.delete(household.owner, document_id)
    await library.settle()
    assert await library.outside.blobs.list_keys(household.tenant_id) == []


async def test_a_document_without_its_bytes_is_reported_and_stays(library, household, document_id):
    key = (await library.outside.blobs.list_keys(household.tenant_id))[0]
    await library.outside.blobs.delete(household.tenant_id, key)
    assert (await library.verification.reconcile(household.owner)).findings == {Finding.BYTES_MISSING: (document_id,)}
    assert (await library.documents.get(household.owner, document_id)).status == DocumentStatus.READY


async def test_a_lost_vector_is_embedded_again(library, household, document_id):
    lost = (await expected_ids(library.store, household.owner, document_id))[2]
    async with library.store.begin(household.owner) as tx:
        await tx.chunks._session.exec(_lose(ChunkVector, ChunkVector.chunk_id, household, lost))
    await put_right(library, household, {Finding.VECTOR_MISSING, Finding.INDEX_ENTRY_ORPHANED})


async def test_a_lost_chunk_is_reported(library, household, document_id):
    lost = (await expected_ids(library.store, household.owner, document_id))[2]
    async with library.store.begin(household.owner) as tx:
        await tx.chunks._session.exec(_lose(Chunk, Chunk.id, household, lost))
    found = (await library.verify(household.owner)).findings
    assert found[Finding.CHUNKS_NOT_IN_SEQUENCE] == found[Finding.CHUNK_COUNT_WRONG] == (document_id,)


@pytest.mark.parametrize("finding", [Finding.WORK_WITHOUT_TASK, Finding.DELETION_WITHOUT_TASK])
async def test_unfinished_work_gets_its_task_back(library, household, finding):
    document_id = (await library.upload(household.owner)).document.id
    if finding is Finding.DELETION_WITHOUT_TASK:
        await library.documents.delete(household.owner, document_id)
    async with library.store.begin(household.owner) as tx:
        await tx.tasks._session.exec(delete(Task).where(col(Task.tenant_id) == household.tenant_id))
    await put_right(library, household, {finding})


async def test_an_unknown_collection_is_dropped(library, household, document_id):
    base = await library.knowledge_bases.create(household.owner, name="Second")
    await library.upload(household.owner, knowledge_base_id=base.id)
    await library.settle()
    async with library.store.begin(household.owner) as tx:
        for row in await tx.collections.list_of(base.id):
            await tx.collections.remove(row)
    library.indexes.forget_pointer(household.owner, base.id)
    await put_right(library, household, {Finding.COLLECTION_ORPHANED})


async def test_an_index_that_is_down_is_reported(library, household, document_id):
    library.outside.index.available = False
    report = await library.verification.reconcile(household.owner)
    assert set(report.findings) == {Finding.INDEX_UNAVAILABLE}


def _lose(table, column, household, lost):
    return delete(table).where(col(table.tenant_id) == household.tenant_id, col(column) == lost)
