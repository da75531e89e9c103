"""Searches that were not written down yet: a search changes nothing, so it does not wait for a commit of its own."""

from ragapp.core.scope import TenantScope
from ragapp.store.store import Store


class SearchTally:
    """Counts searches in memory and writes them now and then, at least before usage is read and at the end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: dict[TenantScope, int] = {}

    def count(self, scope: TenantScope) -> None:
        """Count one search."""
        self._counts[scope] = self._counts.get(scope, 0) + 1

    async def write(self) -> None:
        """Write what was counted; what cannot be written now is kept."""
        waiting, self._counts = self._counts, {}
        while waiting:
            scope, count = waiting.popitem()
            try:
                async with self._store.begin(scope) as tx:
                    await tx.usage.add(scope.user_id, searches=count)
            except BaseException:
                for kept, number in {**waiting, scope: count}.items():
                    self._counts[kept] = self._counts.get(kept, 0) + number
                raise
