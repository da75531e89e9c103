"""Outside things that are not retrieval: bytes, time, passwords. Adapters implement them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ragapp.core.ids import TenantId


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """Bytes that are durably stored: `key` names them within the tenant, `sha256` is lowercase hex."""

    key: str
    size_bytes: int
    sha256: str


class BlobStore(Protocol):
    """Immutable files per tenant. Writing is temp, fsync, rename, fsync of the directory."""

    async def put(self, tenant_id: TenantId, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredBlob:
        """Store a stream while counting and hashing it.

        Raises:
            FileTooLarge: more than `max_bytes` arrived; nothing is kept.
            EmptyFile: no byte arrived; nothing is kept.
            StorageUnavailable: the storage failed; nothing is kept.
        """

    async def open_path(self, tenant_id: TenantId, key: str) -> Path:
        """Return a local, read-only path of the bytes (a cached copy where the store is remote).

        Raises:
            NotFound: no such blob in this tenant.
        """

    async def delete(self, tenant_id: TenantId, key: str) -> None:
        """Remove the bytes if they are there."""

    async def list_keys(self, tenant_id: TenantId) -> list[str]:
        """Return all keys of the tenant."""

    async def sweep_temporary(self, *, older_than_s: float) -> int:
        """Remove unfinished writes older than that and return how many."""


class Clock(Protocol):
    """Aware UTC time, so that tests drive it."""

    def now(self) -> datetime:
        """Return the current time, aware, UTC."""


class PasswordHasher(Protocol):
    """A memory-hard password hash (argon2id). Slow on purpose: bounded concurrency inside the adapter."""

    async def hash(self, password: str) -> str:
        """Return an encoded hash with its own salt and parameters."""

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether they match; for `None` take the same time and return False."""
