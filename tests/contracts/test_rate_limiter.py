import asyncio
import os
import secrets
from collections.abc import AsyncIterator

import pytest
import redis

from ragapp.adapters.rate_limiter import LocalRateLimiter, RedisRateLimiter
from ragapp.core.ports import Rate, RateLimiter
from tests.fakes.clock import FixedClock

FIVE = Rate(5, 60)
REDIS_URL = os.environ.get("RAGAPP_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
async def limiter(request: pytest.FixtureRequest, clock: FixedClock) -> AsyncIterator[RateLimiter]:
    if request.param == "local":
        yield LocalRateLimiter(clock)
        return
    try:
        redis.Redis.from_url(REDIS_URL).ping()
    except redis.RedisError as error:
        pytest.skip(f"Redis is not reachable: {error}")
    over_redis = RedisRateLimiter(REDIS_URL, LocalRateLimiter(clock))
    yield over_redis
    await over_redis.close()


@pytest.fixture
def key() -> str:
    return f"test:{secrets.token_hex(8)}"


async def test_there_is_room_for_as_many_as_the_rate_says(limiter: RateLimiter, key: str) -> None:
    answers = [await limiter.hit(key, FIVE) for _ in range(7)]
    assert [answer.allowed for answer in answers] == [True] * 5 + [False] * 2
    assert [answer.remaining for answer in answers] == [4, 3, 2, 1, 0, 0, 0]
    assert all(1 <= answer.reset_after_s <= 60 for answer in answers)


async def test_of_racing_callers_only_as_many_as_fit_get_in(limiter: RateLimiter, key: str) -> None:
    answers = await asyncio.gather(*(limiter.hit(key, FIVE) for _ in range(100)))
    assert sum(answer.allowed for answer in answers) == 5


async def test_a_hit_that_costs_more_than_is_left_counts_nothing(limiter: RateLimiter, key: str) -> None:
    assert (await limiter.hit(key, FIVE, cost=3)).remaining == 2
    assert not (await limiter.hit(key, FIVE, cost=3)).allowed
    assert not (await limiter.hit(key, FIVE, cost=6)).allowed
    assert (await limiter.hit(key, FIVE, cost=2)).allowed


async def test_looking_counts_nothing_and_forgetting_starts_anew(limiter: RateLimiter, key: str) -> None:
    for _ in range(5):
        assert (await limiter.peek(key, FIVE)).allowed
        await limiter.hit(key, FIVE)
    assert not (await limiter.peek(key, FIVE)).allowed
    await limiter.forget(key, FIVE)
    assert (await limiter.hit(key, FIVE)).remaining == 4


async def test_keys_and_rates_are_counted_apart(limiter: RateLimiter, key: str) -> None:
    for _ in range(5):
        await limiter.hit(key, FIVE)
    assert (await limiter.hit(f"{key}:other", FIVE)).allowed
    assert (await limiter.hit(key, Rate(6, 61))).allowed


async def test_a_window_moves(clock: FixedClock) -> None:
    limiter = LocalRateLimiter(clock)
    await limiter.hit("k", FIVE, cost=4)
    clock.advance(seconds=30)
    assert (await limiter.hit("k", FIVE)).reset_after_s == 30
    assert (await limiter.hit("k", FIVE)).reset_after_s == 30
    clock.advance(seconds=30)
    assert (await limiter.hit("k", FIVE)).remaining == 3


async def test_forgotten_keys_take_no_memory(clock: FixedClock) -> None:
    limiter = LocalRateLimiter(clock)
    for number in range(10_001):
        await limiter.hit(str(number), FIVE)
    clock.advance(seconds=61)
    await limiter.hit("last", FIVE)
    assert len(limiter._hits) == 1


async def test_without_redis_the_process_counts_for_itself(clock: FixedClock, unused_tcp_port: int) -> None:
    limiter = RedisRateLimiter(f"redis://127.0.0.1:{unused_tcp_port}/0", LocalRateLimiter(clock))
    answers = [await limiter.hit("k", FIVE) for _ in range(7)]
    assert [answer.allowed for answer in answers] == [True] * 5 + [False] * 2
    assert not (await limiter.peek("k", FIVE)).allowed
    await limiter.forget("k", FIVE)
    assert (await limiter.peek("k", FIVE)).allowed
    await limiter.close()
