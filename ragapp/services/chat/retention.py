"""The nightly run that deletes chats older than a tenant wants to keep them."""

from datetime import timedelta

import structlog

from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope
from ragapp.store.store import Store

_AT_ONCE = 200
_log = structlog.get_logger(__name__)


class Retention:
    """Deletes in small transactions, so nobody waits long for the one writer."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self, scope: TenantScope) -> int:
        """Delete what the tenant's retention has ended for; return how many chats that were."""
        async with self._store.read(scope) as tx:
            days = (await tx.tenant.get()).chat_retention_days
        if days is None:
            return 0
        before = self._clock.now() - timedelta(days=days)
        deleted = 0
        while True:
            async with self._store.begin(scope) as tx:
                count = await tx.retention.delete_older(before, limit=_AT_ONCE)
            deleted += count
            if count < _AT_ONCE:
                break
        if deleted:
            _log.info("chats.expired", tenant_id=scope.tenant_id, chat_count=deleted, days=days)
        return deleted
