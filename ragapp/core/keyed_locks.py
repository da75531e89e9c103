"""One lock for each of many things."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class KeyedLocks:
    """Locks by key, kept while anybody has one or waits for it. Belongs to one event loop."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def holding(self, key: Hashable) -> AsyncIterator[None]:
        """Let nobody else into a block of the same key."""
        # Held by this frame, the lock stays in the dictionary as long as anybody has it or waits for it.
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield
