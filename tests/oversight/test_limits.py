"""Rates: what is counted, when there is room again, and that nobody gets more than was granted."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import col

from ragapp.adapters.rate_limiter import LocalRateLimiter, RedisRateLimiter
from ragapp.core.errors import EmptyQuestion, RateLimited
from ragapp.core.plans import Plan
from ragapp.core.scope import Origin, Role
from ragapp.models import Tenant
from ragapp.services.chat.runs import RunService
from ragapp.services.tenancy.limits import Bursts, LimitService, in_words
from ragapp.services.tenancy.rule_views import Operation
from ragapp.services.tenancy.tenant_rules import TenantRules
from tests.fakes.accounts import PLATFORM, add_member
from tests.fakes.flow import ScriptedFlow
from tests.fakes.limits import limits_over

ASK = Operation.ASK


@pytest.fixture
def change_tenant(store, household):
    async def change(**values):
        async with store.begin_platform(PLATFORM) as tx:
            mine = col(Tenant.id) == household.tenant_id
            await tx._session.exec(update(Tenant).where(mine).values(**values))

    return change


async def test_the_first_plan_has_no_hourly_limits(store, clock, household):
    limits = limits_over(store, clock)
    for _ in range(500):
        await limits.admit(household.owner, ASK)
    assert await limits.standing(household.owner, ASK) is None


async def test_a_tenants_people_share_its_hour_and_are_told_when_it_goes_on(store, clock, household, change_tenant):
    await change_tenant(plan=Plan.FREE.value, limits={"queries_per_hour": 3})
    limits, colleague = limits_over(store, clock), await add_member(store, household, Role.MEMBER)
    for scope in (household.owner, colleague, colleague):
        await limits.admit(scope, ASK)
        clock.advance(minutes=1)
    with pytest.raises(RateLimited) as refused:
        await limits.admit(household.owner, ASK)
    assert refused.value.retry_after_s == 57 * 60
    assert "3 questions" in refused.value.user_message
    assert "57 minutes" in refused.value.user_message
    clock.advance(minutes=57)
    await limits.admit(household.owner, ASK)
    with pytest.raises(RateLimited):
        await limits.admit(household.owner, ASK)


async def test_of_many_at_once_as_many_as_granted_get_in(store, clock, household, change_tenant):
    await change_tenant(limits={"queries_per_hour": 10})
    limits = limits_over(store, clock)
    outcomes = await asyncio.gather(
        *(limits.admit(household.owner, ASK) for _ in range(100)), return_exceptions=True
    )
    assert outcomes.count(None) == 10


async def test_a_cap_that_is_changed_grants_no_more_than_the_plan(store, clock, household, change_tenant):
    await change_tenant(limits={"queries_per_hour": 10})
    limits, admitted = limits_over(store, clock), 0
    for cap in (3, 4, 5, 6, 7, 8):
        await change_tenant(caps={"queries_per_hour": cap})
        clock.advance(seconds=1)
        for _ in range(5):
            try:
                await limits.admit(household.owner, ASK)
                admitted += 1
            except RateLimited:
                break
    assert admitted == 10


async def test_one_persons_burst_stops_that_person_only(store, clock, household):
    limits = limits_over(store, clock, Bursts(asks_per_minute=2))
    colleague = await add_member(store, household, Role.MEMBER)
    for _ in range(2):
        await limits.admit(household.owner, ASK)
    with pytest.raises(RateLimited) as refused:
        await limits.admit(household.owner, ASK)
    assert refused.value.retry_after_s == 60
    await limits.admit(colleague, ASK)


async def test_background_work_and_the_console_are_never_held_up(store, clock, household, change_tenant):
    await change_tenant(limits={"uploads_per_hour": 0})
    limits = limits_over(store, clock)
    for origin in (Origin.TASK, Origin.CONSOLE):
        await limits.admit(_from(household.owner, origin), Operation.UPLOAD)
    with pytest.raises(RateLimited):
        await limits.admit(household.owner, Operation.UPLOAD)


async def test_without_redis_every_process_still_counts(store, clock, household, change_tenant):
    await change_tenant(limits={"queries_per_hour": 2})
    limiter = RedisRateLimiter("redis://127.0.0.1:1/0", LocalRateLimiter(clock))
    limits = LimitService(store, TenantRules(store, clock), limiter, Bursts())
    for _ in range(2):
        await limits.admit(household.owner, ASK)
    with pytest.raises(RateLimited):
        await limits.admit(household.owner, ASK)
    await limiter.close()


async def test_a_refused_question_counts_nowhere(store, clock, household, change_tenant):
    await change_tenant(limits={"queries_per_hour": 1})
    limits = limits_over(store, clock)
    runs = RunService(store, ScriptedFlow("An answer."), clock, limits)
    with pytest.raises(EmptyQuestion):
        await runs.ask(household.owner, chat_id=None, text="  ")
    started = await runs.ask(household.owner, chat_id=None, text="How long?")
    async for _ in runs.follow(household.owner, started.run_id, min_interval_s=0):
        pass
    with pytest.raises(RateLimited):
        await runs.ask(household.owner, chat_id=None, text="And then?")
    async with store.read(household.owner) as tx:
        today = clock.now().date()
        used = {metric: amount for _, metric, amount in await tx.usage.per_day(today, today)}
    assert used == {"questions": 1, "answered": 1}


async def test_the_view_says_how_much_is_used(store, clock, household, change_tenant):
    await change_tenant(limits={"queries_per_hour": 50})
    limits = limits_over(store, clock)
    for _ in range(37):
        await limits.admit(household.owner, ASK)
    standing = await limits.standing(household.owner, ASK)
    assert standing is not None
    assert (standing.used, standing.limit, standing.is_tenants) == (37, 50, True)
    assert (await limits.of_tenant(household.owner)).limits.queries_per_hour == 50


@pytest.mark.parametrize(("seconds", "words"), [(1, "1 second"), (90, "90 seconds"), (121, "3 minutes")])
def test_a_wait_is_said_in_words(seconds, words):
    assert in_words(seconds) == words


def _from(scope, origin):
    return replace(scope, origin=origin)
