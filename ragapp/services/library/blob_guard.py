"""Keeps removing bytes and recording the same bytes apart.

Blobs are named by content: the bytes of a deleted document may be those of an upload that is under way.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from ragapp.core.ids import TenantId
from ragapp.core.keyed_locks import KeyedLocks


class BlobGuard:
    """One lock per blob of a tenant. Never ask for one within a transaction: whoever holds it may wait to open one.

    Single process; what other processes store is left alone by `Verification`.
    """

    def __init__(self) -> None:
        self._locks = KeyedLocks()

    @asynccontextmanager
    async def holding(self, tenant_id: TenantId, blob_key: str) -> AsyncIterator[None]:
        """Let nobody else store, record or remove these bytes within the block."""
        async with self._locks.holding((tenant_id, blob_key)):
            yield

    @asynccontextmanager
    async def holding_all(self, tenant_id: TenantId, blob_keys: Iterable[str]) -> AsyncIterator[None]:
        """Hold several; always in the same order, so that two who want the same ones do not wait for each other."""
        async with AsyncExitStack() as stack:
            for key in sorted(set(blob_keys)):
                await stack.enter_async_context(self.holding(tenant_id, key))
            yield
