"""A kill at each named step of upload, ingestion and deletion: nothing lost, doubled or left over, settled in a minute.

The process that takes over knows nothing of the dead one: it waits for the lease to run out, as another worker would.
"""

import contextlib

import pytest

from ragapp.core.errors import NotFound
from ragapp.core.lifecycle import DocumentStatus
from ragapp.services.tenancy.holdings import recount
from ragapp.services.upkeep.findings import Finding
from tests.fakes.accounts import add_tenant
from tests.fakes.library import Library, Outside, outside
from tests.fakes.mortal import Killed, KillSwitch, Mortal, MortalBlobs, MortalIndex, MortalStore
from tests.tasks.failpoints import DELETE, INGEST, STEPS, UPLOAD

SETTLED_WITHIN_S = 60
TICK_S = 10
UNREADABLE = {Finding.CHUNKS_NOT_IN_SEQUENCE, Finding.CHUNK_COUNT_WRONG, Finding.VECTOR_MISSING, Finding.BYTES_MISSING}
IN_THE_INDEX = ("I10", "I11", "I12", "I14", "D2", "D3")
FIRST = "\n\n".join(f"# Part {number}\n\n" + f"Sentence {number} of a part. " * 6 for number in range(36))
SECOND = FIRST + "\n\n# The end\n\nAnother ending."


class Client:
    """Does one thing after another until its server dies, and remembers what it was told."""

    def __init__(self, household):
        self.household, self.owner = household, household.owner
        self.document_id, self.done = None, []

    async def live(self, process, switch):
        """Upload, replace and delete a document, from where it was left."""
        for act in (self.upload, self.replace, self.delete):
            if act.__name__ not in self.done:
                switch.phase = DELETE if act == self.delete else UPLOAD
                await act(process)
                self.done.append(act.__name__)
                switch.point("after", "answer")
            switch.phase = DELETE if act == self.delete else INGEST
            await process.settle()

    async def upload(self, process):
        result = await process.upload(self.owner, FIRST, idempotency_key="the first")
        assert self.document_id in (None, result.document.id)
        self.document_id = result.document.id

    async def replace(self, process):
        await process.replace(self.owner, self.document_id, SECOND)

    async def delete(self, process):
        with contextlib.suppress(NotFound):  # An unanswered deletion may have been committed.
            await process.documents.delete(self.owner, self.document_id)


def mortal(store, clock, alive, switch):
    parts = (
        MortalBlobs(alive.blobs._root, switch),
        Mortal(alive.parser, switch),
        Mortal(alive.embedder, switch),
        MortalIndex(alive.index, switch),
    )
    return Library(MortalStore(store, switch), clock, Outside(*parts), concurrency=1)


async def kill_at(store, clock, alive, step, occurrence, slug):
    """Live until that moment; return the client and how often the step came."""
    client = Client(await add_tenant(store, slug))
    switch = KillSwitch(occurrence, STEPS[step].is_at)
    with contextlib.suppress(Killed):
        await client.live(mortal(store, clock, alive, switch), switch)
    assert switch.is_dead == (occurrence is not None)
    return client, len(switch.passed)


async def take_over(store, clock, alive, client):
    """Start the next process and let it work; return it once all is settled, within a minute of its time."""
    library = Library(store, clock, alive)
    await library.outside.blobs.sweep_temporary(older_than_s=0)
    await library.verification.recover(client.owner)
    for _ in range(SETTLED_WITHIN_S // TICK_S):
        await library.queue.rescue(every=False)
        await library.settle()
        async with store.read(client.owner) as tx:
            if not await tx.tasks.list_unfinished():
                return library
        clock.advance(seconds=TICK_S)
    raise AssertionError("not settled in time")


async def check_readers(store, clock, alive, client):
    """Before any repair, what readers see is whole."""
    report = await Library(store, clock, alive).verify(client.owner)
    assert not UNREADABLE & set(report.findings), report.findings


async def dirty_generations(store, client):
    """Collections that a dead process was writing: nobody may go on writing into them."""
    async with store.read(client.owner) as tx:
        return {row.generation for row in await tx.collections.list_every() if row.dirty}


async def generations(store, client):
    async with store.read(client.owner) as tx:
        return {row.generation for row in await tx.collections.list_every()}


async def check_settled(library, client, step):
    report = await library.verify(client.owner)
    assert report.is_clean, report.findings
    async with library.store.read(client.owner) as tx:
        assert await recount(tx) == {}
    documents = (await library.documents.list(client.owner)).items
    assert all(document.status == DocumentStatus.READY for document in documents)
    assert len(documents) <= 1
    if "delete" in client.done or STEPS[step].phase == DELETE:
        assert documents == ()
    elif "upload" in client.done:
        assert [document.id for document in documents] == [client.document_id]
    elif step not in ("U8", "U9"):
        assert documents == ()
    if "replace" in client.done and documents:
        assert documents[0].version == 2
    assert not list((library.outside.blobs._root / ".incoming").glob("*"))


async def check_end(library, client):
    """Everything is done once more by the client's own retries, and gone in the end."""
    assert (await library.documents.list(client.owner)).items == ()
    assert await library.outside.blobs.list_keys(client.household.tenant_id) == []
    assert library.indexed_ids(client.household.knowledge_base_id) == set()
    report = await library.verify(client.owner)
    assert (report.is_clean, report.document_count, report.chunk_count) == (True, 0, 0)


def test_the_table_names_every_step():
    numbered = [("U", 9), ("I", 16), ("D", 6)]
    assert list(STEPS) == [f"{letter}{number}" for letter, count in numbered for number in range(1, count + 1)]


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_at_a_named_step_loses_doubles_and_leaves_nothing(store, clock, tmp_path, step):
    _, count = await kill_at(store, clock, outside(tmp_path / "whole"), step, None, "unharmed")
    assert count > 0, "the step was never reached"
    for occurrence in sorted({0, count - 1}):
        alive = outside(tmp_path / str(occurrence))
        client, _ = await kill_at(store, clock, alive, step, occurrence, f"killed-{occurrence}")
        await check_readers(store, clock, alive, client)
        dirty = await dirty_generations(store, client)
        assert dirty or step not in IN_THE_INDEX
        library = await take_over(store, clock, alive, client)
        assert not dirty & await generations(store, client), "a half-written collection was kept"
        await check_settled(library, client, step)
        await client.live(library, KillSwitch())
        await check_end(library, client)
