"""A few values kept for a while."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The last values by name, the oldest dropped first; how old one may be is for whoever asks to say."""

    def __init__(self, now_s: Callable[[], float], most: int = 256) -> None:
        self._now_s = now_s
        self._most = most
        self._values: dict[str, tuple[float, T]] = {}

    def keep(self, name: str, value: T) -> T:
        """Remember a value and return it."""
        self._values.pop(name, None)
        while len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[name] = (self._now_s(), value)
        return value

    def recall(self, name: str, max_age_s: float) -> T | None:
        """Return a value that is not older than that."""
        known = self._values.get(name)
        return known[1] if known is not None and self._now_s() - known[0] <= max_age_s else None

    def forget(self, name: str) -> None:
        """Drop a value."""
        self._values.pop(name, None)
