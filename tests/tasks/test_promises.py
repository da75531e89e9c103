"""What the task table promises: who goes first, what is tried again when, and how a task ends."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from ragapp.core.errors import GeneratorUnavailable, LeaseLost
from ragapp.core.ids import new_id
from ragapp.core.lifecycle import DocumentStatus, TaskKind, TaskPriority, TaskStatus
from ragapp.core.scope import Origin, Role
from ragapp.models import Task
from ragapp.store.queue import LEASE
from ragapp.tasks import runner as running
from ragapp.tasks import schedule
from tests.fakes.accounts import PLATFORM, add_member, add_tenant

TEXT = "A short text about nothing much. " * 4


async def upload(library, scope, count=1, name="file"):
    return [await library.upload(scope, f"{TEXT} {name} {number}.", f"{name}-{number}.txt") for number in range(count)]


async def claim(library, **options):
    return await library.queue.claim("this process", **options)


async def claimed_documents(library, count):
    return [(await claim(library)).document_id for _ in range(count)]


async def test_a_single_file_goes_before_more_than_anybody_waits_for(library, household):
    await upload(library, household.owner, 30, "many")
    library.clock.advance(minutes=2)
    (single,) = await upload(library, household.owner, 1, "single")
    waiting = await claimed_documents(library, 21)
    assert single.document.id in waiting  # behind the twenty that came first, before all the rest
    assert (await priorities(library, household)).count(TaskPriority.BULK) == 10


async def priorities(library, household):
    async with library.store.read(household.owner) as tx:
        return [task.priority for task in await tx.tasks.list_unfinished()]


async def test_work_that_work_brings_is_bulk(library, household):
    async with library.store.begin(replace(household.owner, origin=Origin.TASK)) as tx:
        for kind in (TaskKind.SYNC, TaskKind.FETCH, TaskKind.EXPAND, TaskKind.INGEST):
            await tx.tasks.add(kind, subject="a page or file", max_attempts=3)
    assert set(await priorities(library, household)) == {TaskPriority.BULK}


@pytest.mark.slow
async def test_one_small_file_does_not_wait_behind_ten_thousand(library, household):
    await add_backlog(library, household, 10_000)
    (single,) = await upload(library, household.owner, 1, "single")
    started = time.perf_counter()
    lease = await claim(library, per_tenant=4)
    assert time.perf_counter() - started < 2
    assert lease.document_id == single.document.id


async def add_backlog(library, household, count):
    now = library.clock.now() - timedelta(minutes=5)
    row = {
        "tenant_id": household.tenant_id,
        "kind": TaskKind.INGEST,
        "actor_id": household.owner.user_id,
        "status": TaskStatus.QUEUED,
        "priority": TaskPriority.BULK,
        "run_after": now,
        "created_at": now,
    }
    rows = [{**row, "id": new_id(), "dedupe_key": f"document {number}"} for number in range(count)]
    async with library.store.begin(household.owner) as tx:
        await tx.tasks._session.exec(insert(Task), params=rows)


async def test_bulk_leaves_a_place_for_what_is_awaited(library, household):
    await add_backlog(library, household, 9)
    bulk = [await claim(library, per_tenant=4) for _ in range(4)]
    assert all(bulk)
    assert await claim(library, per_tenant=4) is None
    first, second = await upload(library, household.owner, 2)
    library.clock.advance(seconds=1)
    assert (await claim(library, per_tenant=4)).document_id in (first.document.id, second.document.id)
    assert await claim(library, per_tenant=4) is None


async def test_a_tenant_never_takes_all_places(library, household, store):
    other = await add_tenant(store, "other")
    await upload(library, household.owner, 9)
    assert [bool(await claim(library, per_tenant=3)) for _ in range(5)] == [True, True, True, False, False]
    (theirs,) = await upload(library, other.owner, 1, "theirs")
    assert (await claim(library, per_tenant=3)).document_id == theirs.document.id


async def test_a_person_with_little_running_goes_before_one_with_much(library, household, store):
    colleague = await add_member(store, household, Role.EDITOR)
    await upload(library, household.owner, 6, "mine")
    await claimed_documents(library, 2)
    (theirs,) = await upload(library, colleague, 1, "theirs")
    assert (await claim(library)).document_id == theirs.document.id


async def test_other_processes_count_their_own_places(library, household):
    await upload(library, household.owner, 4)
    assert await claim(library, per_tenant=1)
    assert await claim(library, per_tenant=1) is None
    assert await library.queue.claim("another process", per_tenant=1)


async def test_attempts_are_counted_before_the_work(library, household):
    await upload(library, household.owner)
    lease = await claim(library)
    async with library.store.read(household.owner) as tx:
        task = await tx.tasks.get(lease.task_id)
    assert (task.attempts, task.status) == (1, TaskStatus.RUNNING)


async def test_pauses_grow_and_are_spread(library, household, monkeypatch):
    pauses = []
    retry = library.queue.retry

    async def remember(lease, *, after):
        pauses.append(after.total_seconds())
        await retry(lease, after=after)

    async def broken(path, *, content_type, progress=None):
        raise RuntimeError("a bug")

    monkeypatch.setattr(library.queue, "retry", remember)
    library.outside.parser.parse = broken
    for number in range(6):
        await upload(library, household.owner, 1, f"name {number}")
    for _ in range(4):
        await library.settle()
        library.clock.advance(minutes=2)
    first, second = pauses[:6], pauses[6:12]
    assert len(set(first)) == 6
    assert all(1.5 <= pause <= 2.5 for pause in first)
    assert all(3 <= pause <= 5 for pause in second)


async def test_what_is_given_up_says_why_and_is_tried_again_on_request(library, household):
    parse = library.outside.parser.parse

    async def broken(path, *, content_type, progress=None):
        raise RuntimeError("a bug")

    library.outside.parser.parse = broken
    (upload_result,) = await upload(library, household.owner)
    for _ in range(5):
        await library.settle()
        library.clock.advance(minutes=2)
    document = await library.documents.get(household.owner, upload_result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "ingestion_failed")
    assert "Try again" in document.error.message
    library.outside.parser.parse = parse
    await library.documents.retry(household.owner, document.id)
    await library.settle()
    assert (await library.documents.get(household.owner, document.id)).status == DocumentStatus.READY


@pytest.mark.parametrize("stage", ["queued", "parse", "embed_passages", "add"])
async def test_a_task_is_cancelled_at_any_stage(library, household, stage):
    entered, go_on = asyncio.Event(), asyncio.Event()
    hold_up(library, stage, entered, go_on)
    (result,) = await upload(library, household.owner)
    working = None
    if stage != "queued":
        working = asyncio.create_task(library.settle())
        await entered.wait()
    await library.tasks.cancel(household.owner, result.task_id)
    go_on.set()
    if working is not None:
        await working
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "cancelled")
    await library.documents.retry(household.owner, document.id)
    await library.settle()
    assert (await library.documents.get(household.owner, document.id)).status == DocumentStatus.READY
    await library.verification.reconcile(household.owner)
    await library.settle()
    assert (await library.verify(household.owner)).is_clean


def hold_up(library, stage, entered, go_on):
    """Let a stage wait until it is told to go on."""
    holder = {"parse": "parser", "embed_passages": "embedder", "add": "index"}.get(stage)
    if holder is None:
        return
    part = getattr(library.outside, holder)
    call = getattr(part, stage)

    async def wait(*args, **options):
        entered.set()
        await go_on.wait()
        return await call(*args, **options)

    setattr(part, stage, wait)


async def test_one_unfinished_task_per_document_and_kind(library, household):
    (result,) = await upload(library, household.owner)
    async with library.store.begin(household.owner) as tx:
        again = await tx.tasks.ensure(TaskKind.INGEST, subject=result.document.id, max_attempts=3)
    assert again.id == result.task_id


async def test_a_killed_runner_s_work_goes_on_within_45_seconds(library, household):
    assert LEASE.total_seconds() + schedule._RESCUE_EVERY_S + schedule._WAKE_EVERY_S <= 45
    await upload(library, household.owner)
    lease = await claim(library)
    waited = 0
    while not await library.queue.rescue(every=False):
        library.clock.advance(seconds=schedule._RESCUE_EVERY_S)
        waited += schedule._RESCUE_EVERY_S
    assert waited <= 43
    assert (await claim(library)).fence == lease.fence + 1
    with pytest.raises(LeaseLost):
        async with library.store.begin(household.owner) as tx:
            await tx.tasks.hold(lease)


async def test_heartbeats_come_often_enough_to_miss_several(library):
    assert LEASE.total_seconds() > running._HEARTBEAT_S * 4


async def test_what_is_down_burns_no_attempt_and_says_so(library, household):
    async def down(path, *, content_type, progress=None):
        raise GeneratorUnavailable

    library.outside.parser.parse = down
    (result,) = await upload(library, household.owner)
    await library.settle()
    task = await library.tasks.get(household.owner, result.task_id)
    assert (task.status, task.attempts, bool(task.message)) == (TaskStatus.QUEUED, 0, True)


async def test_a_suspended_tenant_s_tasks_wait(library, household, store):
    await upload(library, household.owner)
    async with store.begin_platform(PLATFORM) as tx:
        await tx.tenants.change(household.tenant_id, status="suspended")
    assert await claim(library) is None
