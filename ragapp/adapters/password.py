"""Argon2id password hashing with bounded memory: at most one hash per core at a time."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

_DUMMY_PASSWORD = "no such member"  # noqa: S105 - hashed only to spend the same time on unknown members


class Argon2Hasher:
    """Implements `core.ports.PasswordHasher` with argon2id.

    Args:
        memory_kib: Memory per hash in KiB; 64 MiB by default, above the OWASP minimum of 19 MiB.
        time_cost: Passes over that memory.
        parallelism: Lanes of one hash.
        max_concurrent: Most hashes computed at once, so a burst of sign-ins takes at most
            `max_concurrent * memory_kib`; the number of cores by default.
    """

    def __init__(
        self,
        *,
        memory_kib: int = 64 * 1024,
        time_cost: int = 3,
        parallelism: int = 1,
        max_concurrent: int | None = None,
    ) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._executor = ThreadPoolExecutor(max_concurrent or os.cpu_count() or 1, thread_name_prefix="argon2")
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Return an encoded hash with its own salt and parameters."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._argon2.hash, password)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether they match; for `None` take the same time and return False."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._verify, encoded, password)

    def _verify(self, encoded: str | None, password: str) -> bool:
        if encoded is None:
            self._matches(self._dummy_hash(), password)
            return False
        return self._matches(encoded, password)

    def _matches(self, encoded: str, password: str) -> bool:
        try:
            return self._argon2.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = self._argon2.hash(_DUMMY_PASSWORD)
        return self._dummy
