"""An archive becomes one document per file, whatever happens on the way."""

import contextlib

import pytest

from ragapp.core.errors import NotFound, UnsupportedFileType
from ragapp.core.lifecycle import DocumentStatus, TaskKind, TaskStatus
from tests.fakes.accounts import add_tenant
from tests.fakes.archives import make_zip
from tests.fakes.library import Library, outside
from tests.fakes.mortal import Killed, KillSwitch
from tests.tasks.test_crashes import mortal_library, recover

FILES = {
    "ugovori/najam.txt": "Najam traje dvije godine i produljuje se prešutno.",
    "bilješke.md": "# Sastanak\n\nČlanovi uprave odlučili su o godišnjem odmoru.",
    "alat.exe": b"MZ\x90",
    "prečac-link.txt": "x",
    "damaged.txt": "Ova će se datoteka usred čitanja pokazati oštećenom.",
    "prazno.txt": "",
    "kopija/najam.txt": "Najam traje dvije godine i produljuje se prešutno.",
}
READABLE = {"ugovori/najam.txt", "bilješke.md"}


@pytest.fixture
async def household(store):
    return await add_tenant(store)


@pytest.fixture
def library(store, clock, tmp_path):
    return Library(store, clock, outside(tmp_path / "files"))


async def documents_of(library, household):
    return {row.title: row for row in (await library.documents.list(household.owner)).items}


async def test_every_readable_file_becomes_a_ready_document_of_its_own(library, household):
    result = await library.upload(household.owner, make_zip(FILES), "spisi.zip")
    task = await library.tasks.get(household.owner, result.task_id)
    assert (task.kind, result.document.status) == (TaskKind.EXPAND, DocumentStatus.QUEUED)
    await library.settle()
    found = await documents_of(library, household)
    assert found.keys() == READABLE | {"spisi"}
    assert {row.status for row in found.values()} == {DocumentStatus.READY}
    assert (found["ugovori/najam.txt"].filename, found["ugovori/najam.txt"].folder) == ("najam.txt", "ugovori")
    assert found["bilješke.md"].folder == ""
    assert (await library.tasks.get(household.owner, result.task_id)).status == TaskStatus.COMPLETED
    assert (await library.verify(household.owner)).is_clean


async def test_the_archive_tells_what_became_of_each_file(library, household):
    result = await library.upload(household.owner, make_zip(FILES), "spisi.zip")
    await library.settle()
    report = (await library.documents.text(household.owner, result.document.id)).text
    for name in FILES:
        assert name in report
    left_out = report.split("\n\n")[-1]
    assert {line.split(":")[0] for line in left_out.splitlines()[1:]} == FILES.keys() - READABLE - {"kopija/najam.txt"}
    archive = await library.documents.get(household.owner, result.document.id)
    assert archive.chunk_count == 0


async def test_files_that_are_there_already_stay_one_document(library, household):
    there = await library.upload(household.owner, FILES["bilješke.md"], "bilješke.md")
    await library.settle()
    await library.upload(household.owner, make_zip(FILES), "spisi.zip")
    await library.settle()
    found = await documents_of(library, household)
    assert found["bilješke"].id == there.document.id
    assert "bilješke.md" not in found


async def test_an_archive_without_a_readable_file_fails_and_says_why(library, household):
    result = await library.upload(household.owner, make_zip({"alat.exe": b"MZ"}), "alati.zip")
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "empty_archive")
    assert "alat.exe" in document.error.message


async def test_a_cancelled_or_deleted_archive_adds_nothing_more(library, household):
    cancelled = await library.upload(household.owner, make_zip({"a.txt": "prvi tekst"}), "a.zip")
    deleted = await library.upload(household.owner, make_zip({"b.txt": "drugi tekst"}), "b.zip")
    await library.tasks.cancel(household.owner, cancelled.task_id)
    await library.documents.delete(household.owner, deleted.document.id)
    await library.settle()
    found = await documents_of(library, household)
    assert [row.status for row in found.values()] == [DocumentStatus.FAILED]
    await library.documents.retry(household.owner, cancelled.document.id)
    await library.settle()
    assert (await documents_of(library, household)).keys() == {"a", "a.txt"}


async def test_deleting_the_archive_leaves_its_files(library, household):
    result = await library.upload(household.owner, make_zip(FILES), "spisi.zip")
    await library.settle()
    await library.documents.delete(household.owner, result.document.id)
    await library.settle()
    assert (await documents_of(library, household)).keys() == READABLE
    assert (await library.verify(household.owner)).is_clean


async def test_an_archive_cannot_replace_a_document(library, household):
    result = await library.upload(household.owner)
    await library.settle()
    with pytest.raises(UnsupportedFileType):
        await library.replace(household.owner, result.document.id, make_zip(FILES), "spisi.zip")
    assert len(await library.outside.blobs.list_keys(household.tenant_id)) == 1


async def live(library, household, acknowledged):
    result = await library.upload(household.owner, make_zip(FILES), "spisi.zip")
    acknowledged["uploaded"] = result.document.id
    await library.settle()


async def kill_at(store, clock, alive, point):
    household = await add_tenant(store, f"tenant-{point}")
    switch, acknowledged = KillSwitch(point), {}
    with contextlib.suppress(Killed):
        await live(mortal_library(store, clock, alive, switch), household, acknowledged)
    return household, switch, acknowledged


@pytest.mark.slow
async def test_a_kill_at_any_point_neither_loses_nor_doubles_a_file(store, clock, tmp_path):
    alive = outside(tmp_path / "files")
    points = len((await kill_at(store, clock, alive, None))[1].passed)
    assert points > 60
    for point in range(0, points, 2):
        household, switch, acknowledged = await kill_at(store, clock, alive, point)
        library = await recover(store, clock, alive, household)
        where = f"killed at point {point}: {switch.passed[point]}"
        items = (await library.documents.list(household.owner)).items
        if "uploaded" in acknowledged:
            assert sorted(row.title for row in items) == sorted(READABLE | {"spisi"}), where
            assert {row.status for row in items} == {DocumentStatus.READY}, where
        assert (await library.verify(household.owner)).is_clean, where


async def test_another_tenant_sees_neither_archive_nor_files(library, household, store):
    result = await library.upload(household.owner, make_zip(FILES), "spisi.zip")
    await library.settle()
    stranger = await add_tenant(store, "stranger")
    with pytest.raises(NotFound):
        await library.documents.text(stranger.owner, result.document.id)
    assert (await library.documents.list(stranger.owner)).items == ()
