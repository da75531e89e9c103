"""How the parts of the service were over time: looked at every minute, kept for two weeks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from time import perf_counter

from ragapp.core.errors import InvalidInput, RagAppError
from ragapp.core.ports import Clock
from ragapp.core.scope import PlatformScope
from ragapp.models import ServiceHealth
from ragapp.services.oversight.health import DEGRADED, HEALTHY, UNHEALTHY
from ragapp.services.oversight.oversight_views import HealthPoint, HealthSeries
from ragapp.store.store import Store

Probe = Callable[[], Awaitable[str]]
"""Looks at one part of the service; returns what is amiss, "" where nothing is. Raises when the part is down."""

KEPT = timedelta(days=14)
_TIMEOUT_S = 5.0
_MOST_POINTS = 500
_BADNESS = {HEALTHY: 0, DEGRADED: 1, UNHEALTHY: 2}


class HealthHistory:
    """Looks at every part and remembers what it saw."""

    def __init__(self, store: Store, clock: Clock, probes: Mapping[str, Probe]) -> None:
        self._store = store
        self._clock = clock
        self._probes = probes

    async def record(self, scope: PlatformScope) -> None:
        """Look at everything now, and forget what is older than `KEPT`."""
        now = self._clock.now().replace(second=0, microsecond=0)
        seen = await asyncio.gather(*(self._look(name, probe, now) for name, probe in self._probes.items()))
        async with self._store.begin_platform(scope) as tx:
            await tx.health.add(seen)
            await tx.health.prune(now - KEPT)

    async def series(self, scope: PlatformScope, *, since: datetime, step_s: int = 60) -> tuple[HealthSeries, ...]:
        """Return every part of the service since a moment, in steps of `step_s` seconds, for the operator.

        Raises:
            InvalidInput: a step is under a minute, or there would be over 500 of them.
        """
        if step_s < 60 or (self._clock.now() - since).total_seconds() / step_s > _MOST_POINTS:
            raise InvalidInput(f"Choose a step that gives at most {_MOST_POINTS} points.", details={"field": "step_s"})
        async with self._store.read_platform(scope) as tx:
            rows = await tx.health.list_since(since)
        return tuple(_series(name, list(looks), step_s) for name, looks in groupby(rows, key=lambda row: row.service))

    async def _look(self, name: str, probe: Probe, now: datetime) -> ServiceHealth:
        started = perf_counter()
        try:
            amiss = await asyncio.wait_for(probe(), _TIMEOUT_S)
        except TimeoutError:
            status, amiss = UNHEALTHY, f"no answer within {_TIMEOUT_S:.0f} s"
        except RagAppError as error:
            status, amiss = UNHEALTHY, error.code
        except Exception as error:  # a driver's own exception: the part is down whatever its kind
            status, amiss = UNHEALTHY, type(error).__name__
        else:
            status = DEGRADED if amiss else HEALTHY
        latency_ms = round((perf_counter() - started) * 1000, 1)
        return ServiceHealth(service=name, checked_at=now, status=status, latency_ms=latency_ms, message=amiss[:300])


def _series(name: str, looks: list[ServiceHealth], step_s: int) -> HealthSeries:
    healthy = sum(look.status == HEALTHY for look in looks)
    points = [
        _point(name, datetime.fromtimestamp(start * step_s, tz=group[0].checked_at.tzinfo), group)
        for start, group in (
            (start, list(same))
            for start, same in groupby(looks, key=lambda look: int(look.checked_at.timestamp()) // step_s)
        )
    ]
    return HealthSeries(name, round(healthy / len(looks), 4), tuple(points))


def _point(name: str, at: datetime, looks: list[ServiceHealth]) -> HealthPoint:
    worst = max(looks, key=lambda look: _BADNESS[look.status])
    latencies = [look.latency_ms for look in looks if look.latency_ms is not None]
    mean = round(sum(latencies) / len(latencies), 1) if latencies else None
    return HealthPoint(name, at, worst.status, mean, max(latencies, default=None), worst.message)
