"""The process is killed at every point between upload and the end of deletion; the next one puts things right."""

import contextlib

import pytest

from ragapp.core.errors import NotFound
from ragapp.core.lifecycle import DocumentStatus
from tests.fakes.accounts import add_tenant
from tests.fakes.library import Library, Outside, outside
from tests.fakes.mortal import Killed, KillSwitch, Mortal, MortalBlobs, MortalStore


def mortal_library(store, clock, alive, switch):
    blobs = MortalBlobs(alive.blobs._root, switch)
    wrapped = [blobs, *(Mortal(part, switch) for part in (alive.parser, alive.embedder, alive.index))]
    return Library(MortalStore(store, switch), clock, Outside(*wrapped), concurrency=1)


async def live(library, household, acknowledged):
    result = await library.upload(household.owner)
    acknowledged["uploaded"] = result.document.id
    await library.settle()
    acknowledged["settled"] = True
    await library.documents.delete(household.owner, result.document.id)
    acknowledged["deleted"] = True
    await library.settle()


async def recover(store, clock, alive, household):
    library = Library(store, clock, alive)
    await library.queue.rescue(every=True)
    await library.verification.recover(household.owner)
    await library.verification.reconcile(household.owner)
    await library.settle()
    return library


async def kill_at(store, clock, alive, point):
    household = await add_tenant(store, f"tenant-{point}")
    switch, acknowledged = KillSwitch(point), {}
    with contextlib.suppress(Killed):
        await live(mortal_library(store, clock, alive, switch), household, acknowledged)
    return household, switch, acknowledged


async def count_points(store, clock, alive):
    _, switch, acknowledged = await kill_at(store, clock, alive, None)
    assert acknowledged.keys() == {"uploaded", "settled", "deleted"}
    return len(switch.passed)


async def check(library, household, acknowledged):
    report = await library.verify(household.owner)
    assert report.is_clean, report.findings
    documents = (await library.documents.list(household.owner)).items
    if "deleted" in acknowledged:
        assert documents == ()
        assert library.indexed_ids(household.knowledge_base_id) == set()
        assert await library.outside.blobs.list_keys(household.tenant_id) == []
    elif "uploaded" in acknowledged and documents:
        assert [(row.id, row.status) for row in documents] == [(acknowledged["uploaded"], DocumentStatus.READY)]
    elif "uploaded" in acknowledged:
        # Killed inside the call that deletes: the tombstone is committed or it is not.
        assert "settled" in acknowledged
        with pytest.raises(NotFound):
            await library.documents.get(household.owner, acknowledged["uploaded"])


@pytest.mark.slow
async def test_a_kill_at_any_point_is_put_right_by_the_next_process(store, clock, tmp_path):
    alive = outside(tmp_path / "files")
    points = await count_points(store, clock, alive)
    assert points > 40
    for point in range(points):
        household, switch, acknowledged = await kill_at(store, clock, alive, point)
        library = await recover(store, clock, alive, household)
        try:
            await check(library, household, acknowledged)
        except AssertionError as error:
            raise AssertionError(f"killed at point {point}: {switch.passed[point]}") from error


async def test_a_restart_embeds_only_what_was_not_committed(store, clock, tmp_path):
    alive = outside(tmp_path / "files")
    household = await add_tenant(store)
    text = "\n\n".join(f"# Part {number}\n\n" + f"Sentence {number} of a long text. " * 12 for number in range(80))
    switch = KillSwitch()
    first = mortal_library(store, clock, alive, switch)
    document_id = (await first.upload(household.owner, text)).document.id
    embed = alive.embedder.embed_passages

    async def embed_once(texts):
        vectors = await embed(texts)
        switch.at = len(switch.passed) + 4  # dies in the transaction after the one that stores these vectors
        return vectors

    alive.embedder.embed_passages = embed_once
    with pytest.raises(Killed):
        await first.settle()
    alive.embedder.embed_passages = embed
    stored = sum(map(len, alive.embedder.embedded))
    library = await recover(store, clock, alive, household)
    document = await library.documents.get(household.owner, document_id)
    assert document.status == DocumentStatus.READY
    embedded = [text for batch in alive.embedder.embedded for text in batch]
    assert stored >= 32
    assert len(embedded) <= document.chunk_count + 2 * 32  # a batch on its way to the database, one ahead of it
    assert (await library.verify(household.owner)).is_clean


async def test_a_file_that_kills_the_process_is_given_up_after_three_tries(store, clock, tmp_path):
    alive = outside(tmp_path / "files")
    household = await add_tenant(store)
    document_id = (await Library(store, clock, alive).upload(household.owner)).document.id
    parse = alive.parser.parse

    async def deadly(path, *, content_type, progress=None):
        raise Killed

    alive.parser.parse = deadly
    for _ in range(3):
        library = await Library(store, clock, alive).restart()
        with pytest.raises(Killed):
            await library.settle()
    alive.parser.parse = parse
    library = await Library(store, clock, alive).restart()
    await library.settle()
    document = await library.documents.get(household.owner, document_id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "ingestion_failed")
    await library.documents.retry(household.owner, document_id)
    await library.settle()
    assert (await library.documents.get(household.owner, document_id)).status == DocumentStatus.READY
