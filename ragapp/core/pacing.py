"""Rates kept in memory by one caller: a token bucket, and a budget of log lines."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """So much at once, and so much a second on average."""

    burst: float
    per_s: float


class TokenBucket:
    """Says how long to wait so that a pace is kept; what is spent beyond it is a debt that later spending waits for."""

    __slots__ = ("_level", "_now", "_pace", "_seen_at")

    def __init__(self, pace: Pace, now: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._now = now
        self._level = pace.burst
        self._seen_at = now()

    @property
    def is_full(self) -> bool:
        """Whether nothing was spent lately: forgetting the bucket changes nothing."""
        self._refill()
        return self._level >= self._pace.burst

    def spend(self, cost: float) -> float:
        """Take `cost` and return the seconds to wait before going on, 0 within the pace."""
        self._refill()
        self._level -= cost
        return max(0.0, -self._level / self._pace.per_s)

    def try_spend(self, cost: float) -> bool:
        """Take `cost` if that needs no waiting; return whether it did."""
        self._refill()
        if self._level < cost:
            return False
        self._level -= cost
        return True

    def _refill(self) -> None:
        now = self._now()
        self._level = min(self._pace.burst, self._level + (now - self._seen_at) * self._pace.per_s)
        self._seen_at = now


class LogBudget:
    """Lets so many lines through in a window of time; the first one of a later window tells how many were left out."""

    def __init__(self, count: int, window_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._window_s = window_s
        self._now = now
        self._started_at = now()
        self._used = 0
        self._left_out = 0

    def take(self) -> int | None:
        """Return how many lines were left out since the last that was let through, None to leave this one out too."""
        if self._now() - self._started_at >= self._window_s:
            self._started_at, self._used = self._now(), 0
        if self._used >= self._count:
            self._left_out += 1
            return None
        self._used += 1
        left_out, self._left_out = self._left_out, 0
        return left_out
