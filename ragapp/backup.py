"""One file that holds an installation: the database as of one moment, the bytes it names, and last the proof of all.

A tar file: `ragapp.db`, `secret.key` where the installation made its own, `blobs/<tenant>/<key>`, and `manifest.json`
with the size and SHA-256 of each. The manifest comes last, so a backup that was cut short has none. The search index is
not in it: it is made again from the database.
"""

import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from ragapp.adapters.data_lock import hold
from ragapp.bootstrap import prepare_folders
from ragapp.config import VERSION, Settings
from ragapp.core.errors import ConfigurationError
from ragapp.store.snapshots import database_file, list_blobs, prepare_restored, take_snapshot

Show = Callable[[str, int, int], None]
DATABASE, SECRET, MANIFEST = "ragapp.db", "secret.key", "manifest.json"
_KNOWN = re.compile(r"ragapp\.db|secret\.key|blobs/[A-Za-z0-9_-]{1,64}/[0-9a-f]{64}")
_FORMAT = 1
_TRIES = 3
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds; `missing` bytes were not in the installation either."""

    file: str
    document_file_count: int
    size_bytes: int
    missing: tuple[str, ...]


def write_backup(settings: Settings, file: Path, show: Show) -> BackupReport:
    """Back up an installation, running or not.

    Raises:
        ConfigurationError: not an SQLite installation, none at all, or the file is there already.
    """
    database = database_file(settings.effective_database_url)
    if not database.is_file():
        problem = f"There is nothing to back up: {database} does not exist. Check RAGAPP_DATA_DIR."
        raise ConfigurationError(problem)
    if file.exists():
        problem = f"{file} exists already. Choose another name."
        raise ConfigurationError(problem)
    unfinished = file.with_name(f"{file.name}.unfinished")
    for attempt in range(_TRIES):
        missing = _write(settings, database, unfinished, show)
        # Bytes of a document that was deleted since the snapshot: a new one does not name it any more.
        if not missing or attempt == _TRIES - 1:
            break
    unfinished.replace(file)
    _sync(file.absolute().parent)
    with tarfile.open(file) as archive:
        count = sum(name.startswith("blobs/") for name in archive.getnames())
    return BackupReport(str(file), count, file.stat().st_size, tuple(missing))


def restore_backup(settings: Settings, file: Path, show: Show) -> BackupReport:
    """Unpack a backup into an empty data folder and check every byte of it.

    Raises:
        ConfigurationError: the folder is in use or not empty, or the backup is cut short, damaged or too new. What was
            unpacked is marked as half a restore, which refuses to start.
    """
    database = database_file(settings.effective_database_url)
    prepare_folders(settings, may_be_half=True)
    with hold(settings.data_dir / "lock") as is_mine:
        if not is_mine:
            problem = f"{settings.data_dir} is in use by another ragapp. Stop it, or set RAGAPP_DATA_DIR."
            raise ConfigurationError(problem)
        _ensure_empty(settings, database)
        mark = settings.half_restored_mark
        mark.touch()
        _sync(settings.data_dir)
        found = _unpack(settings, database, file, show)
        prepare_restored(database)
        mark.unlink()
        _sync(settings.data_dir)
    count = sum(name.startswith("blobs/") for name in found["files"])
    return BackupReport(str(file), count, file.stat().st_size, tuple(found["missing"]))


def _write(settings: Settings, database: Path, target: Path, show: Show) -> list[str]:
    """Write everything, the manifest last; return which bytes were not there."""
    files: dict[str, Any] = {}
    missing: list[str] = []
    with TemporaryDirectory(dir=settings.data_dir, prefix=".backup-") as folder:
        snapshot = Path(folder) / DATABASE
        take_snapshot(database, snapshot)
        sources = {DATABASE: snapshot, **_secret(settings)}
        for tenant_id, key in list_blobs(snapshot):
            sources[f"blobs/{tenant_id}/{key}"] = settings.data_dir / "blobs" / tenant_id / key[:2] / key
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
            for number, (name, source) in enumerate(sources.items(), start=1):
                try:
                    files[name] = _add(archive, name, source)
                except FileNotFoundError:
                    missing.append(name)
                show("saved", number, len(sources))
            manifest = {"format": _FORMAT, "version": VERSION, "files": files, "missing": missing}
            _add_bytes(archive, MANIFEST, orjson.dumps(manifest))
        _sync(target)
    return missing


def _secret(settings: Settings) -> dict[str, Path]:
    path = settings.data_dir / SECRET
    return {SECRET: path} if path.is_file() else {}


def _add(archive: tarfile.TarFile, name: str, source: Path) -> dict[str, Any]:
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        archive.addfile(entry, file)
    return {"sha256": digest, "size_bytes": size}


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _ensure_empty(settings: Settings, database: Path) -> None:
    """Take away what half a restore left; refuse to touch anything else."""
    blobs, secret = settings.data_dir / "blobs", settings.data_dir / SECRET
    if settings.half_restored_mark.exists():
        shutil.rmtree(blobs, ignore_errors=True)
        database.unlink(missing_ok=True)
        secret.unlink(missing_ok=True)
    if database.exists() or secret.exists() or (blobs.is_dir() and any(blobs.iterdir())):
        problem = f"{settings.data_dir} holds an installation. Restore into an empty folder: set RAGAPP_DATA_DIR."
        raise ConfigurationError(problem)


def _unpack(settings: Settings, database: Path, file: Path, show: Show) -> dict[str, Any]:
    """Write every file of a backup and return its manifest, once all of them are known to be whole."""
    places = {DATABASE: database, SECRET: settings.data_dir / SECRET}
    found: dict[str, Any] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(file) as archive:
            for number, entry in enumerate(archive, start=1):
                content = archive.extractfile(entry)
                if content is None or (entry.name != MANIFEST and not _KNOWN.fullmatch(entry.name)):
                    raise _unusable()
                if entry.name == MANIFEST:
                    manifest = orjson.loads(content.read())
                    continue
                found[entry.name] = _extract(content, places.get(entry.name) or _blob_path(settings, entry.name))
                show("restored", number, number)
    except (OSError, tarfile.TarError, ValueError) as error:
        raise _unusable() from error
    if manifest is None or manifest.get("format") != _FORMAT or manifest.get("files") != found:
        raise _unusable()
    return manifest


def _blob_path(settings: Settings, name: str) -> Path:
    _, tenant_id, key = name.split("/")
    return settings.data_dir / "blobs" / tenant_id / key[:2] / key


def _extract(content: Any, target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(_PIECE_BYTES):
            file.write(piece)
            digest.update(piece)
            size += len(piece)
        file.flush()
        os.fsync(file.fileno())
    _sync(target.parent)
    return {"sha256": digest.hexdigest(), "size_bytes": size}


def _unusable() -> ConfigurationError:
    return ConfigurationError(
        "This backup is cut short or damaged: what it holds is not what its list says. Use another backup; the data "
        "folder stays marked as half restored until one is whole."
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
