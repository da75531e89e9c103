import asyncio
from datetime import timedelta

import pytest

from ragapp.core.errors import LeaseLost
from ragapp.core.lifecycle import TaskKind, TaskStatus
from tests.fakes.accounts import PLATFORM, add_tenant
from tests.fakes.rows import add_document


async def claim(store, owner="one"):
    async with store.begin_platform(PLATFORM) as tx:
        return await tx.queue.claim(owner)


async def read_task(store, household, lease):
    async with store.read(household.owner) as tx:
        return await tx.tasks.get(lease.task_id)


async def test_a_claim_counts_the_attempt_and_raises_the_fence(store):
    household = await add_tenant(store)
    document_id = await add_document(store, household)
    lease = await claim(store)
    task = await read_task(store, household, lease)
    assert (lease.document_id, lease.attempt, lease.fence, lease.exhausted) == (document_id, 1, 1, False)
    assert (task.status, task.attempts, task.fence, task.lease_owner) == (TaskStatus.RUNNING, 1, 1, "one")
    assert await claim(store) is None


async def test_of_many_workers_one_gets_the_task(store):
    household = await add_tenant(store)
    await add_document(store, household)
    leases = await asyncio.gather(*(claim(store, f"worker {n}") for n in range(6)))
    assert sum(lease is not None for lease in leases) == 1


async def test_a_busy_tenant_does_not_starve_another(store, clock):
    busy, small = await add_tenant(store, "busy"), await add_tenant(store, "small")
    for _ in range(5):
        await add_document(store, busy)
    clock.advance(seconds=1)
    await add_document(store, small)
    first, second = await claim(store), await claim(store)
    assert [first.tenant_id, second.tenant_id] == [busy.tenant_id, small.tenant_id]


async def test_a_lease_without_heartbeat_is_rescued_and_its_holder_is_fenced_off(store, clock):
    household = await add_tenant(store)
    await add_document(store, household)
    zombie = await claim(store)
    clock.advance(seconds=29)
    async with store.begin_platform(PLATFORM) as tx:
        assert await tx.queue.rescue_expired() == 0
    clock.advance(seconds=2)
    async with store.begin_platform(PLATFORM) as tx:
        assert await tx.queue.rescue_expired() == 1
    heir = await claim(store, "two")
    assert (heir.attempt, heir.fence) == (2, 2)
    async with store.begin_platform(PLATFORM) as tx:
        assert not await tx.queue.heartbeat(zombie)
        assert not await tx.queue.release(zombie)
    with pytest.raises(LeaseLost):
        async with store.begin(household.owner) as tx:
            await tx.documents.change(zombie.document_id, title="written by a zombie")
            await tx.tasks.hold(zombie)
    async with store.read(household.owner) as tx:
        assert (await tx.documents.get(zombie.document_id)).title == "A document"


async def test_a_heartbeat_keeps_the_lease(store, clock):
    household = await add_tenant(store)
    await add_document(store, household)
    lease = await claim(store)
    for _ in range(3):
        clock.advance(seconds=20)
        async with store.begin_platform(PLATFORM) as tx:
            assert await tx.queue.rescue_expired() == 0
            assert await tx.queue.heartbeat(lease)


async def test_releasing_does_not_burn_the_attempt_and_retrying_does(store, clock):
    household = await add_tenant(store)
    await add_document(store, household)
    async with store.begin_platform(PLATFORM) as tx:
        await tx.queue.release(await tx.queue.claim("one"), after=timedelta(seconds=5))
    assert await claim(store) is None
    clock.advance(seconds=5)
    lease = await claim(store)
    assert (lease.attempt, lease.fence) == (1, 2)
    async with store.begin_platform(PLATFORM) as tx:
        await tx.queue.retry(lease, after=timedelta(0))
    assert (await claim(store)).attempt == 2


async def test_a_task_that_used_up_its_attempts_is_handed_out_only_to_give_up(store):
    household = await add_tenant(store)
    await add_document(store, household)
    for _ in range(3):
        async with store.begin_platform(PLATFORM) as tx:
            lease = await tx.queue.claim("one")
            assert not lease.exhausted
            await tx.queue.rescue_all()
    assert (await claim(store)).exhausted


async def test_there_is_one_unfinished_task_per_subject(store):
    household = await add_tenant(store)
    document_id = await add_document(store, household)
    async with store.begin(household.owner) as tx:
        first = await tx.tasks.find_unfinished(TaskKind.INGEST, document_id)
        again = await tx.tasks.ensure(TaskKind.INGEST, subject=document_id, max_attempts=3)
    assert first.id == again.id


async def test_a_cancelled_task_is_lost_to_its_run(store):
    household = await add_tenant(store)
    await add_document(store, household)
    lease = await claim(store)
    async with store.begin(household.owner) as tx:
        await tx.tasks.hold(lease, progress=40)
        assert await tx.tasks.cancel(lease.task_id)
        assert not await tx.tasks.cancel(lease.task_id)
    task = await read_task(store, household, lease)
    assert (task.status, task.progress) == (TaskStatus.CANCELLED, 40)
    for effect in ("hold", "finish"):
        with pytest.raises(LeaseLost):
            async with store.begin(household.owner) as tx:
                await getattr(tx.tasks, effect)(lease, *([TaskStatus.COMPLETED] if effect == "finish" else []))
