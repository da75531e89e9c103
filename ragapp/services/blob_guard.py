"""Keeps clean-up from removing bytes that an upload has just stored and not yet recorded.

Blobs are named by content: the bytes of a deleted document may be those of an upload that is under way.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ragapp.core.ids import TenantId


class BlobGuard:
    """Uploads of a tenant run side by side; removing bytes is refused meanwhile. Single process."""

    def __init__(self) -> None:
        self._uploads: Counter[TenantId] = Counter()
        self._locks: dict[TenantId, asyncio.Lock] = {}

    @asynccontextmanager
    async def uploading(self, tenant_id: TenantId) -> AsyncIterator[None]:
        """Announce an upload, from before its bytes are stored until its row is."""
        async with self._lock(tenant_id):
            self._uploads[tenant_id] += 1
        try:
            yield
        finally:
            self._uploads[tenant_id] -= 1

    @asynccontextmanager
    async def removing(self, tenant_id: TenantId) -> AsyncIterator[bool]:
        """Keep uploads from starting; gives whether bytes may be removed now. If not, a later sweep will."""
        async with self._lock(tenant_id):
            yield self._uploads[tenant_id] == 0

    def _lock(self, tenant_id: TenantId) -> asyncio.Lock:
        return self._locks.setdefault(tenant_id, asyncio.Lock())
