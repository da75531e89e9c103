"""The checker is checked: seeded bugs, each found and named, and repaired in the safe direction only."""

import contextlib
from contextlib import asynccontextmanager
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import delete, update
from sqlmodel import col

from ragapp.core.errors import LeaseLost
from ragapp.core.ids import ChunkId
from ragapp.core.lifecycle import DocumentStatus, TaskStatus
from ragapp.models import Chunk, ChunkVector, Document, Task
from ragapp.services.upkeep.findings import Finding
from ragapp.store import tasks
from ragapp.store.store import Store
from tests.fakes.library import Library, expected_ids


@pytest.fixture
async def document_id(library, household):
    result = await library.upload(household.owner)
    await library.settle()
    assert (await library.verify(household.owner)).is_clean
    return result.document.id


def entries(library):
    return next(iter(library.outside.index.collections.values()))


def blob_file(library, household):
    (path,) = (library.outside.blobs._root / household.tenant_id).glob("??/*")
    return path


async def execute(library, household, statement):
    async with library.store.begin(household.owner) as tx:
        await tx.tasks._session.exec(statement)


async def vector_without_chunk(library, household, document_id):
    entries(library)[ChunkId("nobody:1:0")] = next(iter(entries(library).values()))


async def vector_of_a_deleted_document(library, household, document_id):
    kept = dict(entries(library))
    await library.documents.delete(household.owner, document_id)
    await library.settle()
    entries(library).update(kept)


async def chunk_without_index_entry(library, household, document_id):
    entries(library).popitem()


async def wrong_vector_in_the_index(library, household, document_id):
    first, second = list(entries(library))[:2]
    entries(library)[first] = entries(library)[second]


async def chunk_without_vector(library, household, document_id):
    chunk_id = (await expected_ids(library.store, household.owner, document_id))[0]
    mine = (col(ChunkVector.tenant_id) == household.tenant_id, col(ChunkVector.chunk_id) == chunk_id)
    await execute(library, household, delete(ChunkVector).where(*mine))


async def a_vector_of_zeros(library, household, document_id):
    zeros = np.zeros(library.outside.embedder.dimension, dtype="<f4").tobytes()
    chunk_id = (await expected_ids(library.store, household.owner, document_id))[0]
    mine = (col(ChunkVector.tenant_id) == household.tenant_id, col(ChunkVector.chunk_id) == chunk_id)
    await execute(library, household, update(ChunkVector).where(*mine).values(vector=zeros))


async def a_chunk_twice(library, household, document_id):
    async with library.store.begin(household.owner) as tx:
        tx.tasks._session.add(copy_of((await tx.chunks.list_current_by_ids(
            [ChunkId((await expected_ids(library.store, household.owner, document_id))[0])]
        ))[0][0]))


def copy_of(chunk):
    values = chunk.model_dump()
    # The database refuses the same number twice: a double can only come under another one.
    return Chunk(**{**values, "id": f"{values['document_id']}:1:77", "ordinal": 77})


async def a_passage_that_is_not_in_the_text(library, household, document_id):
    mine = (col(Chunk.tenant_id) == household.tenant_id, col(Chunk.ordinal) == 1)
    await execute(library, household, update(Chunk).where(*mine).values(text="Something else."))


async def bytes_without_row(library, household, document_id):
    await library.store_bytes(household.tenant_id, b"left over")


async def row_without_bytes(library, household, document_id):
    blob_file(library, household).unlink()


async def a_flipped_bit(library, household, document_id):
    path = blob_file(library, household)
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)


async def running_without_lease(library, household, document_id):
    await library.upload(household.owner, "Another text. " * 20, "other.txt")
    running = {"status": TaskStatus.RUNNING, "lease_until": library.clock.now() - timedelta(seconds=1)}
    queued = (col(Task.tenant_id) == household.tenant_id, col(Task.status) == TaskStatus.QUEUED)
    await execute(library, household, update(Task).where(*queued).values(running))


async def too_many_attempts(library, household, document_id):
    await library.upload(household.owner, "Another text. " * 20, "other.txt")
    queued = (col(Task.tenant_id) == household.tenant_id, col(Task.status) == TaskStatus.QUEUED)
    await execute(library, household, update(Task).where(*queued).values(attempts=9))


async def work_without_task(library, household, document_id):
    await library.upload(household.owner, "Another text. " * 20, "other.txt")
    unfinished = (col(Task.tenant_id) == household.tenant_id, col(Task.finished_at).is_(None))
    await execute(library, household, delete(Task).where(*unfinished))


async def wrong_total(library, household, document_id):
    async with library.store.begin(household.owner) as tx:
        await tx.usage.set_totals(document_count=41)


async def wrong_count_of_passages(library, household, document_id):
    mine = (col(Document.tenant_id) == household.tenant_id, col(Document.id) == document_id)
    await execute(library, household, update(Document).where(*mine).values(chunk_count=99))


REBUILT, GONE = "rebuilt", "put right"
STAYS = "reported and left as it is"
SEEDED = {
    vector_without_chunk: (Finding.INDEX_ENTRY_ORPHANED, REBUILT),
    vector_of_a_deleted_document: (Finding.INDEX_ENTRY_ORPHANED, REBUILT),
    chunk_without_index_entry: (Finding.INDEX_ENTRY_MISSING, REBUILT),
    # Comparing every vector is the deep check's: the routine one does not repair what it does not look at.
    wrong_vector_in_the_index: (Finding.INDEX_ENTRY_DIFFERS, STAYS),
    chunk_without_vector: (Finding.VECTOR_MISSING, REBUILT),
    a_vector_of_zeros: (Finding.VECTOR_UNUSABLE, STAYS),
    a_chunk_twice: (Finding.CHUNKS_NOT_IN_SEQUENCE, STAYS),
    a_passage_that_is_not_in_the_text: (Finding.PASSAGE_DIFFERS, STAYS),
    bytes_without_row: (Finding.BYTES_ORPHANED, GONE),
    row_without_bytes: (Finding.BYTES_MISSING, STAYS),
    a_flipped_bit: (Finding.BYTES_DIFFER, STAYS),
    running_without_lease: (Finding.LEASE_EXPIRED, GONE),
    too_many_attempts: (Finding.ATTEMPTS_EXCEEDED, GONE),
    work_without_task: (Finding.WORK_WITHOUT_TASK, GONE),
    wrong_total: (Finding.TOTALS_WRONG, GONE),
    wrong_count_of_passages: (Finding.CHUNK_COUNT_WRONG, STAYS),
}


@pytest.mark.parametrize("seed", SEEDED, ids=lambda seed: seed.__name__)
async def test_a_seeded_bug_is_found_named_and_repaired_in_the_safe_direction(library, household, document_id, seed):
    finding, outcome = SEEDED[seed]
    await seed(library, household, document_id)
    before = await library.verify(household.owner)
    assert before.findings.get(finding), before.findings
    rows = await rows_of(library, household)
    await library.verification.reconcile(household.owner)
    await library.queue.rescue(every=False)
    await library.settle()
    after = await library.verify(household.owner)
    assert (finding in after.findings) == (outcome == STAYS), after.findings
    assert await rows_of(library, household) >= rows, "a repair threw something away"


async def rows_of(library, household):
    """What SQL holds of documents and passages: no repair may lose any."""
    async with library.store.read(household.owner) as tx:
        documents = [row for row in await tx.documents.list_every() if not row.deleted_at]
        passages = [tuple(await tx.chunks.list_version_ids(row.id, row.version)) for row in documents]
    return {row.id for row in documents} | {chunk_id for ids in passages for chunk_id in ids}


class _NeverCommits(Store):
    """Answers before it has committed, and then does not."""

    @asynccontextmanager
    async def begin(self, scope):
        with contextlib.suppress(_RolledBack):
            async with super().begin(scope) as tx:
                yield tx
                raise _RolledBack


class _RolledBack(Exception):
    pass


async def test_an_answer_before_the_commit_is_seen_by_the_client_that_reads_back(library, household, monkeypatch):
    lying = Library(_NeverCommits(library.store._engine, library.clock), library.clock, library.outside)

    async def too_late(*_):
        """It dies between its answer and the commit, and so tidies nothing up."""

    with contextlib.suppress(Exception), monkeypatch.context() as dead:
        dead.setattr(library.outside.blobs, "delete", too_late)
        await lying.upload(household.owner)
    report = await library.verify(household.owner)
    assert set(report.findings) == {Finding.BYTES_ORPHANED}
    assert (await library.documents.list(household.owner)).items == ()


async def test_without_the_fence_a_late_run_doubles_work_and_the_checker_sees_it(
    library, household, document_id, monkeypatch
):
    """The fence is what keeps a run that lost its lease from writing: without it, this must go wrong."""
    stale = await lapsed_lease(library, household)
    with pytest.raises(LeaseLost):
        await end(library, household, stale)
    assert (await library.verify(household.owner)).findings == {}
    monkeypatch.setattr(tasks, "held", lambda lease: {"id": lease.task_id})
    await end(library, household, stale)
    assert Finding.WORK_WITHOUT_TASK in (await library.verify(household.owner)).findings


async def lapsed_lease(library, household):
    """A lease on the work of a second document that another run has taken over since."""
    await library.upload(household.owner, "Another text. " * 20, "other.txt")
    stale = await library.queue.claim("the first")
    library.clock.advance(seconds=31)
    await library.queue.rescue(every=False)
    assert (await library.queue.claim("the second")).fence == stale.fence + 1
    return stale


async def end(library, household, lease):
    async with library.store.begin(household.owner) as tx:
        await tx.tasks.finish(lease, TaskStatus.COMPLETED)


async def test_a_document_that_is_done_stays_done(library, household, document_id):
    await library.verification.reconcile(household.owner)
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).status == DocumentStatus.READY
