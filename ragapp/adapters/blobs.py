"""Uploaded bytes in a local folder: content-addressed per tenant, written crash-safely, never whole in memory."""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from ragapp.core.errors import EmptyFile, FileTooLarge, NotFound, StorageUnavailable
from ragapp.core.ids import TenantId
from ragapp.core.ports import StagedBlob

_TENANT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = ".incoming"
T = TypeVar("T")


class LocalBlobStore:
    """Implements `core.ports.BlobStore` as `<root>/<tenant_id>/<first two hex digits>/<sha256>`.

    Unfinished writes live in `<root>/.incoming`, on the same file system, so that finishing one is a rename.

    Args:
        root: The folder; created when first needed.
        worker_count: Threads that touch the disk. A writer waits for each piece before it asks for the next one, so
            memory stays at one piece per upload.
    """

    def __init__(self, root: Path, *, worker_count: int = 4) -> None:
        self._root = root
        self._write = Write
        self._executor = ThreadPoolExecutor(worker_count, thread_name_prefix="blobs")

    @contextlib.asynccontextmanager
    async def stage(
        self, tenant_id: TenantId, chunks: AsyncIterator[bytes], *, max_bytes: int
    ) -> AsyncIterator[StagedBlob]:
        """Take a stream in while counting and hashing it; what the block does not keep is gone after it.

        Raises:
            FileTooLarge: more than `max_bytes` arrived. EmptyFile: no byte arrived.
            StorageUnavailable: the storage failed.
        """
        self._tenant_folder(tenant_id)
        write: Write | None = None
        try:
            async for piece in chunks:
                if (write.size_bytes if write else 0) + len(piece) > max_bytes:
                    raise FileTooLarge(details={"max_bytes": max_bytes})
                if write is None:
                    write = await self._run(partial(self._begin, piece))
                else:
                    await self._run(partial(write.append, piece))
            if write is None or write.size_bytes == 0:
                raise EmptyFile
            yield await self._run(partial(self._finish, tenant_id, write))
        finally:
            # Not awaited through `_run`: a cancelled upload must clean up too.
            if write is not None:
                write.discard()

    async def keep(self, tenant_id: TenantId, staged: StagedBlob) -> None:
        """Give staged bytes their lasting name, durably; the same bytes may have it already.

        Raises:
            StorageUnavailable: the storage failed.
        """
        await self._run(partial(self._write.keep, staged, self._path(tenant_id, staged.key)))

    async def open_path(self, tenant_id: TenantId, key: str) -> Path:
        """Return the local path of the bytes.

        Raises:
            NotFound: no such blob in this tenant.
        """
        path = self._path(tenant_id, key)
        if not await self._run(path.is_file):
            raise NotFound
        return path

    async def delete(self, tenant_id: TenantId, key: str) -> None:
        """Remove the bytes if they are there."""
        await self._run(partial(_remove_durably, self._path(tenant_id, key)))

    async def list_keys(self, tenant_id: TenantId) -> list[str]:
        """Return all keys of the tenant, sorted."""
        return await self._run(partial(_list_keys, self._tenant_folder(tenant_id)))

    async def remove_all(self, tenant_id: TenantId) -> None:
        """Remove everything of a tenant that is erased, its folder included."""
        await self._run(partial(_remove_folder, self._tenant_folder(tenant_id)))

    async def sweep_temporary(self, *, older_than_s: float) -> int:
        """Remove unfinished writes older than that and return how many."""
        return await self._run(partial(_sweep, self._root / _TEMPORARY, time.time() - older_than_s))

    def _begin(self, piece: bytes) -> "Write":
        write = self._write.begin(self._root / _TEMPORARY)
        try:
            write.append(piece)
        except BaseException:
            write.discard()
            raise
        return write

    def _finish(self, tenant_id: TenantId, write: "Write") -> StagedBlob:
        digest = write.digest
        is_kept = self._path(tenant_id, digest).is_file()
        if not is_kept:
            write.sync()
        write.close()
        return StagedBlob(digest, write.size_bytes, digest, write.path, is_kept)

    def _tenant_folder(self, tenant_id: TenantId) -> Path:
        if not _TENANT.fullmatch(tenant_id):
            raise NotFound
        return self._root / tenant_id

    def _path(self, tenant_id: TenantId, key: str) -> Path:
        folder = self._tenant_folder(tenant_id)
        if not _KEY.fullmatch(key):
            raise NotFound
        return folder / key[:2] / key

    async def _run(self, work: Callable[[], T]) -> T:
        with _translated():
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)


class Write:
    """One unfinished blob: a temporary file, its size so far and its running hash."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    @classmethod
    def begin(cls, folder: Path) -> "Write":
        """Open a temporary file."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / secrets.token_hex(16)
        return cls(path, path.open("xb", buffering=0))

    def append(self, piece: bytes) -> None:
        """Write a piece."""
        view = memoryview(piece)
        while view:
            view = view[self._file.write(view) :]
        self._hash.update(piece)
        self.size_bytes += len(piece)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what was written so far, in lowercase hex."""
        return self._hash.hexdigest()

    def sync(self) -> None:
        """Bring the bytes to the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    @classmethod
    def keep(cls, staged: StagedBlob, target: Path) -> None:
        """Give a finished file its lasting name, and let the folder remember its new entry, too."""
        if staged.is_kept:
            # Not synced when it arrived: the same bytes had a name then. They may have lost it since.
            _sync_path(staged.path)
        cls.move(staged.path, target)
        cls.make_durable(target)

    @classmethod
    def move(cls, path: Path, target: Path) -> None:
        """Give a file its lasting name."""
        _ensure_durable_folder(target.parent)
        path.replace(target)

    @classmethod
    def make_durable(cls, target: Path) -> None:
        """Bring a file's name to the disk."""
        _sync_path(target.parent)

    def discard(self) -> None:
        """Remove what has no lasting name."""
        self._file.close()
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(details={"errno": error.errno}) from error


def _ensure_durable_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _ensure_durable_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    _sync_path(folder.parent)


def _sync_path(path: Path) -> None:
    """Bring a file's bytes, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_durably(path: Path) -> None:
    try:
        path.unlink()
    except FileNotFoundError:
        return
    _sync_path(path.parent)


def _remove_folder(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
        _sync_path(folder.parent)


def _list_keys(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("??/*") if _KEY.fullmatch(path.name))


def _sweep(folder: Path, before: float) -> int:
    if not folder.is_dir():
        return 0
    return sum(_remove_if_older(path, before) for path in folder.iterdir())


def _remove_if_older(path: Path, before: float) -> bool:
    # An upload may finish, and its file move away, between looking and removing.
    try:
        stale = path.stat().st_mtime < before
        if stale:
            path.unlink()
    except FileNotFoundError:
        return False
    return stale
