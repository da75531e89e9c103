"""Looks at what the service stands on besides its models: the mail server, Redis, the disk."""

import asyncio
import shutil
from pathlib import Path

from redis.asyncio import Redis

_FULL = 0.9
_TIMEOUT_S = 3.0


class SmtpProbe:
    """Connects to the mail server and reads its greeting; sends nothing."""

    def __init__(self, host: str, port: int, *, is_encrypted: bool) -> None:
        self._host = host
        self._port = port
        self._is_encrypted = is_encrypted

    async def __call__(self) -> str:
        """Return what is amiss.

        Raises:
            OSError, TimeoutError: nobody answers there.
        """
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._is_encrypted or None)
            try:
                greeting = await reader.readline()
            finally:
                writer.close()
        return "" if greeting.startswith(b"220") else "the mail server does not take mail now"


class RedisProbe:
    """Asks Redis for a sign of life."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)

    async def __call__(self) -> str:
        """Return what is amiss.

        Raises:
            RedisError, OSError: it does not answer.
        """
        await self._redis.ping()  # type: ignore[misc]
        return ""

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


class DiskProbe:
    """Looks at the space left where the data is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(self) -> str:
        """Return what is amiss.

        Raises:
            OSError: the folder cannot be read.
        """
        usage = await asyncio.to_thread(shutil.disk_usage, self._folder)
        share = usage.used / usage.total
        return f"{share:.0%} of the disk is in use" if share > _FULL else ""
