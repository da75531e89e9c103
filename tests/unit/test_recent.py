import asyncio

from ragapp.core.recent import RecentlyRead
from tests.fakes.clock import FixedClock


async def test_a_value_is_kept_for_less_than_a_second_from_when_it_was_looked_up():
    clock = FixedClock()
    recent = RecentlyRead[str, int](clock)

    async def look() -> int:
        clock.advance(seconds=0.5)
        return 1

    assert await recent.read("a", look) == 1
    assert recent.find("a") == 1
    clock.advance(seconds=0.5)
    assert recent.find("a") is None


async def test_what_was_looked_up_before_a_change_is_not_kept_after_it():
    recent = RecentlyRead[str, int](FixedClock())
    looked, go_on = asyncio.Event(), asyncio.Event()

    async def look() -> int:
        looked.set()
        await go_on.wait()
        return 1

    reading = asyncio.create_task(recent.read("a", look))
    await looked.wait()
    recent.forget(lambda key, _: key == "a")
    go_on.set()
    assert await reading == 1
    assert recent.find("a") is None


async def test_only_what_is_named_is_forgotten():
    recent = RecentlyRead[str, int](FixedClock())

    async def look() -> int:
        return 1

    await recent.read("a", look)
    await recent.read("b", look)
    recent.forget(lambda key, _: key == "a")
    assert (recent.find("a"), recent.find("b")) == (None, 1)
