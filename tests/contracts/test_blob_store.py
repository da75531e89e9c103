"""Every blob store keeps the promises of `core.ports.BlobStore`."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragapp.adapters.blobs import LocalBlobStore
from ragapp.core.errors import EmptyFile, FileTooLarge, NotFound, StorageUnavailable
from ragapp.core.ids import TenantId
from ragapp.core.ports import StagedBlob

MINE, THEIRS = TenantId("a" * 32), TenantId("b" * 32)


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def put(
    store: LocalBlobStore, tenant_id: TenantId, chunks: AsyncIterator[bytes], *, max_bytes: int = 9
) -> StagedBlob:
    async with store.stage(tenant_id, chunks, max_bytes=max_bytes) as staged:
        await store.keep(tenant_id, staged)
    return staged


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_was_put_is_there_counted_and_hashed(store: LocalBlobStore) -> None:
    blob = await put(store, MINE, pieces(b"ab", b"", b"c"), max_bytes=3)
    assert (blob.size_bytes, blob.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    path = await store.open_path(MINE, blob.key)
    assert await asyncio.to_thread(path.read_bytes) == b"abc"
    assert await store.list_keys(MINE) == [blob.key]


async def test_the_same_bytes_twice_are_one_blob(store: LocalBlobStore) -> None:
    first = await put(store, MINE, pieces(b"abc"))
    assert (await put(store, MINE, pieces(b"a", b"bc"))).key == first.key
    assert await store.list_keys(MINE) == [first.key]


async def test_the_same_bytes_of_two_tenants_share_nothing(store: LocalBlobStore) -> None:
    mine = await put(store, MINE, pieces(b"abc"))
    with pytest.raises(NotFound):
        await store.open_path(THEIRS, mine.key)
    theirs = await put(store, THEIRS, pieces(b"abc"))
    await store.delete(THEIRS, theirs.key)
    assert await store.list_keys(MINE) == [mine.key]


async def test_a_file_over_the_limit_leaves_nothing_and_is_not_read_to_its_end(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1_000

    with pytest.raises(FileTooLarge):
        await put(store, MINE, endless(), max_bytes=2_500)
    assert taken == 3
    assert files_under(tmp_path) == []


@pytest.mark.parametrize("parts", [(), (b"",), (b"", b"")])
async def test_an_empty_file_leaves_nothing(store: LocalBlobStore, tmp_path: Path, parts: tuple[bytes, ...]) -> None:
    with pytest.raises(EmptyFile):
        await put(store, MINE, pieces(*parts))
    assert files_under(tmp_path) == []


async def test_an_upload_that_breaks_off_leaves_nothing(store: LocalBlobStore, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await put(store, MINE, broken())
    assert files_under(tmp_path) == []


async def test_a_cancelled_upload_leaves_nothing(store: LocalBlobStore, tmp_path: Path) -> None:
    reading = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield b"abc"
        reading.set()
        await asyncio.Event().wait()

    upload = asyncio.ensure_future(put(store, MINE, stalled()))
    await reading.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert files_under(tmp_path) == []


async def test_a_full_disk_is_unavailable_storage_and_leaves_nothing(
    store: LocalBlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable):
        await put(store, MINE, pieces(b"abc"))
    assert files_under(tmp_path) == []


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to the disk, in order."""
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("sync"), sync(descriptor))[1])
    monkeypatch.setattr(Path, "replace", lambda path, to: (steps.append("rename"), replace(path, to))[1])
    return steps


async def test_bytes_are_synced_before_they_get_their_name(store: LocalBlobStore, steps: list[str]) -> None:
    await put(store, MINE, pieces(b"abc"))
    assert steps[0] == "sync"
    assert steps[-2:] == ["rename", "sync"]


async def test_bytes_that_are_there_cost_no_wait_for_the_disk_unless_they_are_kept_again(
    store: LocalBlobStore, steps: list[str]
) -> None:
    await put(store, MINE, pieces(b"abc"))
    steps.clear()
    async with store.stage(THEIRS, pieces(b"abc"), max_bytes=9) as staged:
        assert not staged.is_kept
    assert steps == ["sync"]
    steps.clear()
    async with store.stage(MINE, pieces(b"a", b"bc"), max_bytes=9) as staged:
        assert staged.is_kept
        assert steps == []
        await store.delete(MINE, staged.key)
        steps.clear()
        await store.keep(MINE, staged)
    assert steps == ["sync", "rename", "sync"]
    assert (await store.open_path(MINE, staged.key)).read_bytes() == b"abc"


@pytest.mark.parametrize("tenant", ["", "..", ".", "a/b", "../b", ".incoming", "a\x00", "ž", "a" * 65, "a\n"])
async def test_a_hostile_tenant_reaches_no_path(store: LocalBlobStore, tmp_path: Path, tenant: str) -> None:
    key = (await put(store, MINE, pieces(b"abc"))).key
    before = files_under(tmp_path)
    for attempt in (
        put(store, TenantId(tenant), pieces(b"x")),
        store.open_path(TenantId(tenant), key),
        store.delete(TenantId(tenant), key),
        store.list_keys(TenantId(tenant)),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert files_under(tmp_path) == before


HOSTILE_KEYS = ["", "..", "../" + "a" * 61, "A" * 64, "a" * 63, "a" * 64 + "\n", "/etc/passwd", "\x00" * 64]


@pytest.mark.parametrize("key", HOSTILE_KEYS)
async def test_a_hostile_key_is_not_found(store: LocalBlobStore, key: str) -> None:
    with pytest.raises(NotFound):
        await store.open_path(MINE, key)
    with pytest.raises(NotFound):
        await store.delete(MINE, key)


async def test_deleting_twice_is_fine(store: LocalBlobStore) -> None:
    key = (await put(store, MINE, pieces(b"abc"))).key
    await store.delete(MINE, key)
    await store.delete(MINE, key)
    assert await store.list_keys(MINE) == []
    with pytest.raises(NotFound):
        await store.open_path(MINE, key)


async def test_what_is_not_kept_is_readable_and_then_gone(store: LocalBlobStore, tmp_path: Path) -> None:
    async with store.stage(MINE, pieces(b"abc"), max_bytes=9) as staged:
        assert staged.path.read_bytes() == b"abc"
        assert await store.list_keys(MINE) == []
    assert files_under(tmp_path) == []


async def test_only_old_unfinished_writes_are_swept(store: LocalBlobStore, tmp_path: Path) -> None:
    kept = await put(store, MINE, pieces(b"abc"))
    old, fresh = tmp_path / ".incoming" / "old", tmp_path / ".incoming" / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    assert await store.sweep_temporary(older_than_s=3_600) == 1
    assert {path.name for path in files_under(tmp_path)} == {"fresh", kept.key}


async def test_sweeping_before_anything_was_written_finds_nothing(store: LocalBlobStore) -> None:
    assert await store.sweep_temporary(older_than_s=0) == 0
    assert await store.list_keys(MINE) == []
