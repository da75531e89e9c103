"""Health over time: every part is looked at, a hanging one too, and old looks go."""

import asyncio
from datetime import timedelta

import pytest

from ragapp.core.errors import IndexUnavailable, InvalidInput
from ragapp.services.oversight import health_history
from ragapp.services.oversight.health_history import KEPT, HealthHistory
from tests.fakes.accounts import PLATFORM


async def test_every_part_is_remembered_with_its_state(store, clock, monkeypatch):
    monkeypatch.setattr(health_history, "_TIMEOUT_S", 0.01)
    states = {"well": "", "poorly": "the disk is nearly full"}

    async def down() -> str:
        raise IndexUnavailable

    async def hanging() -> str:
        await asyncio.Event().wait()
        return ""

    def saying(name):
        async def say() -> str:
            return states[name]

        return say

    probes = {"database": saying("well"), "disk": saying("poorly"), "vector_index": down, "mail": hanging}
    history = HealthHistory(store, clock, probes)
    started = clock.now()
    await history.record(PLATFORM)
    states["poorly"] = ""
    clock.advance(minutes=1)
    await history.record(PLATFORM)
    series = {each.service: each for each in await history.series(PLATFORM, since=started - timedelta(minutes=1))}
    assert [point.status for point in series["disk"].points] == ["degraded", "healthy"]
    assert series["disk"].uptime == 0.5
    assert series["database"].uptime == 1.0
    assert series["vector_index"].points[0].message == "index_unavailable"
    assert series["mail"].points[0].status == "unhealthy"
    hourly = await history.series(PLATFORM, since=started - timedelta(minutes=1), step_s=3600)
    assert [[point.status for point in each.points] for each in hourly if each.service == "disk"] == [["degraded"]]


async def test_two_processes_that_look_at_once_leave_one_look(store, clock):
    async def fine() -> str:
        return ""

    for _ in range(2):
        await HealthHistory(store, clock, {"database": fine}).record(PLATFORM)
    [series] = await HealthHistory(store, clock, {}).series(PLATFORM, since=clock.now() - timedelta(minutes=1))
    assert len(series.points) == 1


async def test_old_looks_go_and_steps_are_bounded(store, clock):
    async def fine() -> str:
        return ""

    history = HealthHistory(store, clock, {"database": fine})
    first = clock.now()
    await history.record(PLATFORM)
    clock.advance(seconds=KEPT.total_seconds() + 60)
    await history.record(PLATFORM)
    [series] = await history.series(PLATFORM, since=first - timedelta(minutes=1), step_s=86_400)
    assert len(series.points) == 1
    with pytest.raises(InvalidInput):
        await history.series(PLATFORM, since=first, step_s=60)
