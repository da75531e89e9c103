import asyncio
from collections import Counter

import pytest

from ragapp.core.fair_scheduling import FairTurns, Flow


class Bench:
    """A resource with one place on a clock of its own: work takes the seconds it says, and no real time."""

    def __init__(self, places: int = 1) -> None:
        self.now = 0.0
        self.turns = FairTurns(places, now_s=lambda: self.now)
        self.had: Counter[str] = Counter()
        self.order: list[str] = []
        self._working: list[asyncio.Task[None]] = []

    async def open(self, tenant: str, name: str, *, texts: int, seconds_each: float, cost: float = 1.0) -> None:
        started = asyncio.Event()
        self._working.append(
            asyncio.create_task(self._work(tenant, name, texts, seconds_each, cost, started))
        )
        await started.wait()

    async def _work(
        self, tenant: str, name: str, texts: int, seconds_each: float, cost: float, started: asyncio.Event
    ) -> None:
        with self.turns.flow(tenant) as flow:
            asked = [asyncio.create_task(self._once(flow, name, seconds_each, cost)) for _ in range(texts)]
            await asyncio.sleep(0)
            started.set()
            await asyncio.gather(*asked)

    async def _once(self, flow: Flow, name: str, seconds: float, cost: float) -> None:
        async with flow.turn(cost):
            await asyncio.sleep(0)
            self.now += seconds
            self.had[name] += 1
            self.order.append(name)

    async def run_until(self, at: float) -> None:
        while self.now < at:  # noqa: ASYNC110 - the clock is the bench's own and nobody sleeps
            await asyncio.sleep(0)

    async def end(self) -> None:
        await asyncio.gather(*self._working)


async def test_tenants_share_the_seconds_of_the_encoder_not_the_number_of_texts():
    bench = Bench()
    await bench.open("a", "long texts", texts=400, seconds_each=1.0, cost=10)
    await bench.open("b", "short texts", texts=400, seconds_each=0.1, cost=1)
    await bench.run_until(60)
    long_s, short_s = bench.had["long texts"] * 1.0, bench.had["short texts"] * 0.1
    assert long_s == pytest.approx(short_s, abs=3)
    await bench.end()


async def test_seconds_count_even_where_the_guess_is_wrong():
    bench = Bench()
    await bench.open("a", "slow", texts=400, seconds_each=1.0, cost=1)
    await bench.open("b", "quick", texts=400, seconds_each=0.1, cost=1)
    await bench.run_until(60)
    assert bench.had["slow"] * 1.0 == pytest.approx(bench.had["quick"] * 0.1, abs=3)
    await bench.end()


async def test_six_documents_of_one_tenant_weigh_no_more_than_one_of_another():
    bench = Bench()
    for number in range(6):
        await bench.open("a", f"a{number}", texts=100, seconds_each=1.0)
    await bench.open("b", "b", texts=100, seconds_each=1.0)
    before = len(bench.order)
    await bench.run_until(before + 80)
    since = Counter(name[0] for name in bench.order[before:])
    assert since["b"] == pytest.approx(since["a"], abs=4)
    await bench.end()


async def test_a_tenant_that_was_away_starts_where_the_others_are():
    bench = Bench()
    await bench.open("a", "a", texts=300, seconds_each=1.0)
    await bench.run_until(100)
    await bench.open("b", "b", texts=100, seconds_each=1.0)
    before = bench.had["a"]
    await bench.run_until(150)
    assert bench.had["b"] <= 27
    assert bench.had["a"] - before >= 23
    await bench.end()


async def test_a_newcomer_waits_for_the_turns_at_work_only():
    bench = Bench()
    for number in range(6):
        await bench.open("a", f"a{number}", texts=100, seconds_each=1.0)
    await bench.run_until(50)
    seen = len(bench.order)
    await bench.open("b", "b", texts=1, seconds_each=1.0)
    await bench.run_until(60)
    # What is at work, and what was let in before the newcomer had asked.
    assert bench.order.index("b") - seen <= 2
    await bench.end()


async def test_a_small_document_passes_the_large_one_of_its_tenant():
    bench = Bench()
    await bench.open("a", "large", texts=200, seconds_each=1.0)
    await bench.run_until(50)
    seen = len(bench.order)
    await bench.open("a", "small", texts=6, seconds_each=1.0)
    await bench.run_until(100)
    last = max(index for index, name in enumerate(bench.order) if name == "small")
    assert last - seen <= 9
    await bench.end()


async def test_a_large_document_goes_on_however_many_small_ones_come():
    bench = Bench()
    await bench.open("a", "large", texts=50, seconds_each=1.0)
    await bench.run_until(20)
    before = bench.had["large"]
    for number in range(60):
        await bench.open("a", f"small{number}", texts=2, seconds_each=1.0)
    await bench.run_until(100)
    assert bench.had["large"] - before >= 15
    await bench.end()


async def test_no_more_are_at_work_than_there_are_places():
    bench, at_work, most = Bench(places=2), 0, 0
    gate = asyncio.Event()

    async def work(flow: Flow) -> None:
        nonlocal at_work, most
        async with flow.turn(1.0):
            at_work += 1
            most = max(most, at_work)
            await gate.wait()
            at_work -= 1

    with bench.turns.flow("a") as one, bench.turns.flow("b") as other:
        working = [asyncio.create_task(work(flow)) for flow in (one, one, one, other)]
        for _ in range(5):
            await asyncio.sleep(0)
        assert (at_work, most) == (2, 2)
        gate.set()
        await asyncio.gather(*working)
    assert most == 2


async def test_who_gives_up_waiting_takes_no_place_and_leaves_no_debt():
    bench = Bench()
    with bench.turns.flow("a") as holder, bench.turns.flow("b") as other:
        async with holder.turn(1.0):
            waiting = [asyncio.create_task(_pass(other)) for _ in range(3)]
            await asyncio.sleep(0)
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        assert other.attained_s == 0
        await asyncio.wait_for(_pass(other), 5)


async def test_who_is_cancelled_just_when_granted_gives_the_place_back():
    bench = Bench()
    with bench.turns.flow("a") as holder, bench.turns.flow("b") as other:
        async with holder.turn(1.0):
            granted = asyncio.create_task(_pass(other))
            await asyncio.sleep(0)
        granted.cancel()
        await asyncio.gather(granted, return_exceptions=True)
        assert other.attained_s == pytest.approx(0)
        await asyncio.wait_for(_pass(holder), 5)


async def test_tenants_without_work_are_forgotten():
    bench = Bench()
    for number in range(20):
        await bench.open(f"tenant {number}", "any", texts=1, seconds_each=1.0)
    await bench.end()
    assert bench.turns.tenant_count == 0


async def _pass(flow: Flow) -> None:
    async with flow.turn(1.0):
        pass
