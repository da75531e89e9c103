"""How many pages one tenant may have read in a while."""

import time
from collections.abc import Callable

from ragapp.core.errors import FetchBusy
from ragapp.core.ids import TenantId


class Turns:
    """A bucket per tenant: `per_minute` turns at once, and that many more in a minute."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._now = now
        self._buckets: dict[TenantId, tuple[float, float]] = {}

    def take(self, tenant_id: TenantId) -> None:
        """Use one turn.

        Raises:
            FetchBusy: none is left.
        """
        now = self._now()
        left, seen = self._buckets.get(tenant_id, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - seen) * self._per_minute / 60)
        if left < 1:
            self._buckets[tenant_id] = (left, now)
            raise FetchBusy
        self._buckets[tenant_id] = (left - 1, now)
