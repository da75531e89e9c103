"""Counting in moving windows: in this process, or in Redis for all processes (through the `limits` library)."""

import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from ragapp.core.ports import Clock, Rate, RateDecision

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_PRUNE_ABOVE_KEYS = 10_000
_REDIS_TIMEOUT_S = 1.0
_REDIS_CONNECTIONS = 8
"""Callers at once queue for these: a hundred with a connection each would find Redis slow, and count for themselves."""
_QUEUE_TIMEOUT_S = 3.0
_REDIS_REST_S = 5.0
_FAILURES = (RedisError, OSError, TimeoutError)


class LocalRateLimiter:
    """Windows in memory. Exact, because nothing between reading and counting gives way to another caller."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hits: dict[tuple[str, Rate], deque[float]] = {}
        self._prune_above = _PRUNE_ABOVE_KEYS

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> RateDecision:
        """Count; see the port."""
        hits = self._window(key, rate)
        decision = self._decide(hits, rate, cost)
        if decision.allowed:
            hits.extend([self._clock.now().timestamp()] * cost)
            return self._decision(hits, rate, allowed=True)
        return decision

    async def peek(self, key: str, rate: Rate) -> RateDecision:
        """Look; see the port."""
        return self._decide(self._window(key, rate), rate, 1)

    async def forget(self, key: str, rate: Rate) -> None:
        """Start anew; see the port."""
        self._hits.pop((key, rate), None)

    async def close(self) -> None:
        """Nothing is held."""

    def _decide(self, hits: deque[float], rate: Rate, cost: int) -> RateDecision:
        return self._decision(hits, rate, allowed=len(hits) + cost <= rate.count)

    def _decision(self, hits: deque[float], rate: Rate, *, allowed: bool) -> RateDecision:
        oldest = hits[0] if hits else self._clock.now().timestamp()
        left_s = oldest + rate.window_s - self._clock.now().timestamp()
        return RateDecision(allowed, max(0, rate.count - len(hits)), max(1, math.ceil(left_s)))

    def _window(self, key: str, rate: Rate) -> deque[float]:
        if len(self._hits) > self._prune_above:
            self._prune()
        hits = self._hits.setdefault((key, rate), deque())
        since = self._clock.now().timestamp() - rate.window_s
        while hits and hits[0] <= since:
            hits.popleft()
        return hits

    def _prune(self) -> None:
        now = self._clock.now().timestamp()
        self._hits = {
            (key, rate): hits for (key, rate), hits in self._hits.items() if hits and hits[-1] > now - rate.window_s
        }
        self._prune_above = max(_PRUNE_ABOVE_KEYS, 2 * len(self._hits))


class RedisRateLimiter:
    """Windows in Redis. While Redis is down each process counts for itself: a limit loosens, none is lifted."""

    def __init__(self, url: str, fallback: LocalRateLimiter) -> None:
        self._connections: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            max_connections=_REDIS_CONNECTIONS,
            timeout=_QUEUE_TIMEOUT_S,
            socket_timeout=_REDIS_TIMEOUT_S,
            socket_connect_timeout=_REDIS_TIMEOUT_S,
        )
        storage = RedisStorage(
            f"async+{url}",
            implementation="redispy",
            key_prefix="ragapp-limits",
            connection_pool=self._connections,  # type: ignore[arg-type]
        )
        self._windows = MovingWindowRateLimiter(storage)
        self._fallback = fallback
        self._resting_until = 0.0

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> RateDecision:
        """Count; see the port."""
        if cost > rate.count:
            return await self._fallback.hit(key, rate, cost)

        async def count() -> RateDecision:
            allowed = await self._windows.hit(_item(rate), key, cost=cost)
            return await self._decision(key, rate, allowed=allowed)

        return await self._or_fallback(count, lambda: self._fallback.hit(key, rate, cost))

    async def peek(self, key: str, rate: Rate) -> RateDecision:
        """Look; see the port."""

        async def look() -> RateDecision:
            return await self._decision(key, rate, allowed=await self._windows.test(_item(rate), key))

        return await self._or_fallback(look, lambda: self._fallback.peek(key, rate))

    async def forget(self, key: str, rate: Rate) -> None:
        """Start anew; see the port."""

        async def clear() -> None:
            await self._windows.clear(_item(rate), key)

        await self._or_fallback(clear, lambda: self._fallback.forget(key, rate))

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.aclose()

    async def _decision(self, key: str, rate: Rate, *, allowed: bool) -> RateDecision:
        window = await self._windows.get_window_stats(_item(rate), key)
        return RateDecision(allowed, window.remaining, max(1, math.ceil(window.reset_time - time.time())))

    async def _or_fallback(self, ask: Callable[[], Awaitable[T]], fall_back: Callable[[], Awaitable[T]]) -> T:
        if time.monotonic() < self._resting_until:
            return await fall_back()
        try:
            return await ask()
        except _FAILURES as error:
            self._resting_until = time.monotonic() + _REDIS_REST_S
            _log.warning("rate_limiter.redis_unavailable", error=type(error).__name__)
            return await fall_back()


def _item(rate: Rate) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.count, rate.window_s)
