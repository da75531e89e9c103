"""Folders of the operator's disk, read only. Links are never followed, so nothing outside can be named from inside."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from ragapp.core.errors import NotFound, StorageUnavailable
from ragapp.core.ports import WatchedFile

_PIECE_BYTES = 256 * 1024
_MOST_FILES = 20_000


class LocalWatchedFolders:
    """Implements `core.ports.WatchedFolders` below one folder: each folder in it belongs to the tenant it names."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        """Return the folders that are there."""
        try:
            with os.scandir(self._root) as entries:
                return sorted(
                    entry.name
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
                )
        except OSError:
            return []

    async def list_files(self, name: str) -> list[WatchedFile]:
        """Return the files of one folder and below; see `core.ports.WatchedFolders.list_files`."""
        return await asyncio.to_thread(self._list_files, name)

    async def stream(self, name: str, path: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes; see `core.ports.WatchedFolders.stream`."""
        descriptor = await asyncio.to_thread(self._open, name, path)
        try:
            while piece := await asyncio.to_thread(os.read, descriptor, _PIECE_BYTES):
                yield piece
        except OSError as error:
            raise StorageUnavailable(details={"errno": error.errno}) from error
        finally:
            os.close(descriptor)

    def _list_files(self, name: str) -> list[WatchedFile]:
        if name not in self.names():
            raise NotFound
        top = self._root / name
        found = sorted(_files_below(top, ""), key=lambda file: file.path)
        return found[:_MOST_FILES]

    def _open(self, name: str, path: str) -> int:
        """Open step by step from the root, no step through a link."""
        parts = [name, *path.split("/")]
        if any(part in ("", ".", "..") for part in parts):
            raise NotFound
        try:
            at = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
            for part in parts[:-1]:
                at = _step(at, part, os.O_RDONLY | os.O_DIRECTORY)
            at = _step(at, parts[-1], os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise NotFound from error
        if not stat.S_ISREG(os.fstat(at).st_mode):
            os.close(at)
            raise NotFound
        return at


def _step(at: int, part: str, flags: int) -> int:
    try:
        return os.open(part, flags | os.O_NOFOLLOW, dir_fd=at)
    finally:
        os.close(at)


def _files_below(folder: Path, prefix: str) -> Iterator[WatchedFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files_below(folder / entry.name, f"{prefix}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                known = entry.stat(follow_symlinks=False)
                yield WatchedFile(f"{prefix}{entry.name}", f"{known.st_mtime_ns}:{known.st_size}:{known.st_ino}")
