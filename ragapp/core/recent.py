"""A cache of what was read in the last second, which forgets at once what is changed in this process."""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from ragapp.core.ports import Clock

_KEPT = timedelta(seconds=1)
_MOST = 4096

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RecentlyRead(Generic[K, V]):
    """Values by key, each for a second from when its reading began; all are dropped when there are too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: dict[K, tuple[datetime, V]] = {}
        self._forgets = 0

    def find(self, key: K) -> V | None:
        """Return a value that is still fresh."""
        known = self._values.get(key)
        return known[1] if known is not None and self._clock.now() - known[0] < _KEPT else None

    async def read(self, key: K, look: Callable[[], Awaitable[V]]) -> V:
        """Read a value and keep it, unless something was forgotten meanwhile: it may be as it was before the change.

        Raises:
            Whatever `look` does.
        """
        began_at, forgets = self._clock.now(), self._forgets
        value = await look()
        if forgets == self._forgets:
            if len(self._values) >= _MOST:
                self._values.clear()
            self._values[key] = (began_at, value)
        return value

    def forget(self, is_gone: Callable[[K, V], bool]) -> None:
        """Drop the values that `is_gone` names; call it after a change was committed."""
        self._forgets += 1
        self._values = {key: kept for key, kept in self._values.items() if not is_gone(key, kept[1])}
