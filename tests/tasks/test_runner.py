import asyncio

import pytest

from ragapp.core.errors import NotAuthenticated
from ragapp.core.lifecycle import DocumentStatus, TaskStatus
from ragapp.tasks.runner import TaskRunner
from ragapp.tasks.schedule import build_schedule
from tests.fakes.library import Library


async def read_task(library, household, result):
    return await library.tasks.get(household.owner, result.task_id)


async def wait_until_finished(library, household, result):
    async with asyncio.timeout(20):
        async for view in library.tasks.follow(household.owner, result.task_id):
            last = view
    return last


async def test_a_running_runner_is_woken_by_an_upload(library, household):
    await library.runner.start()
    result = await library.upload(household.owner)
    assert (await wait_until_finished(library, household, result)).status == TaskStatus.COMPLETED
    await library.runner.stop()


async def test_four_documents_are_worked_on_at_once(library, household):
    parse, four, inside, most = library.outside.parser.parse, asyncio.Barrier(4), 0, 0

    async def meeting(path, *, content_type, progress=None):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        async with four:
            inside -= 1
        return await parse(path, content_type=content_type)

    library.outside.parser.parse = meeting
    for number in range(8):
        await library.upload(household.owner, f"Text number {number}. " * 20, f"{number}.txt")
    async with asyncio.timeout(20):
        await library.settle()
    assert most == 4
    assert (await library.verify(household.owner)).is_clean


async def test_a_model_that_is_down_postpones_without_burning_attempts(library, household):
    library.outside.embedder.available = False
    result = await library.upload(household.owner)
    for _ in range(5):
        await library.settle()
        task = await read_task(library, household, result)
        assert (task.status, task.attempts) == (TaskStatus.QUEUED, 0)
        assert "embedding model" in task.message
        library.clock.advance(seconds=10)
    library.outside.embedder.available = True
    await library.settle()
    assert (await read_task(library, household, result)).status == TaskStatus.COMPLETED


async def test_an_unexpected_failure_is_tried_three_times_and_then_given_up(library, household):
    attempts = []

    async def broken(path, *, content_type, progress=None):
        attempts.append(path)
        raise RuntimeError("a bug")

    library.outside.parser.parse = broken
    result = await library.upload(household.owner)
    for _ in range(6):
        await library.settle()
        library.clock.advance(minutes=2)
    assert len(attempts) == 3
    assert (await read_task(library, household, result)).status == TaskStatus.FAILED
    document = await library.documents.get(household.owner, result.document.id)
    assert (document.status, document.error.code) == (DocumentStatus.FAILED, "ingestion_failed")


async def test_stopping_gives_the_work_back_uncounted(library, household):
    entered = asyncio.Event()

    async def endless(path, *, content_type, progress=None):
        entered.set()
        await asyncio.Event().wait()

    parse, library.outside.parser.parse = library.outside.parser.parse, endless
    await library.runner.start()
    result = await library.upload(household.owner)
    await entered.wait()
    await library.runner.stop()
    task = await read_task(library, household, result)
    assert (task.status, task.attempts) == (TaskStatus.QUEUED, 0)
    library.outside.parser.parse = parse
    await library.settle()
    assert (await read_task(library, household, result)).status == TaskStatus.COMPLETED


async def test_a_run_that_lost_its_lease_changes_nothing_more(library, household):
    entered, go_on = asyncio.Event(), asyncio.Event()
    parse = library.outside.parser.parse

    async def slow(path, *, content_type, progress=None):
        entered.set()
        await go_on.wait()
        return await parse(path, content_type=content_type)

    library.outside.parser.parse = slow
    result = await library.upload(household.owner)
    zombie = asyncio.create_task(library.settle())
    await entered.wait()
    library.outside.parser.parse = parse
    heir = Library(library.store, library.clock, library.outside)
    library.clock.advance(seconds=31)
    assert await heir.queue.rescue(every=False) == 1
    await heir.settle()
    finished = await read_task(heir, household, result)
    go_on.set()
    await zombie
    assert (await read_task(heir, household, result)) == finished
    assert finished.status == TaskStatus.COMPLETED
    assert (await heir.verify(household.owner)).is_clean


async def test_a_run_that_lost_its_lease_stores_nothing_while_its_heir_is_at_work(library, household):
    entered, go_on = asyncio.Event(), asyncio.Event()
    parse = library.outside.parser.parse

    async def slow(path, *, content_type, progress=None):
        entered.set()
        await go_on.wait()
        return await parse(path, content_type=content_type)

    library.outside.parser.parse = slow
    result = await library.upload(household.owner)
    zombie = asyncio.create_task(library.settle())
    await entered.wait()
    library.clock.advance(seconds=31)
    await library.queue.rescue(every=False)
    heir = await library.queue.claim("the heir")
    go_on.set()
    await zombie
    async with library.store.read(household.owner) as tx:
        assert await tx.chunks.list_document_ids(result.document.id) == []
        assert await tx.documents.find_text(result.document.id, 1) is None
    task = await read_task(library, household, result)
    assert (task.status, task.attempts, heir.attempt) == (TaskStatus.RUNNING, 2, 2)


async def test_a_heartbeat_that_finds_the_lease_gone_interrupts_the_run(library, household):
    entered, interrupted = asyncio.Event(), asyncio.Event()

    async def endless(path, *, content_type, progress=None):
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            interrupted.set()

    library.outside.parser.parse = endless
    handlers = library.runner._handlers
    runner = TaskRunner(library.queue, handlers, library.signals, heartbeat_s=0.01)
    await runner.start()
    result = await library.upload(household.owner)
    await entered.wait()
    await library.tasks.cancel(household.owner, result.task_id)
    async with asyncio.timeout(5):
        await interrupted.wait()
    await runner.stop()
    assert (await read_task(library, household, result)).status == TaskStatus.CANCELLED


async def test_the_work_of_somebody_who_left_fails_with_a_reason(library, household):
    result = await library.upload(household.owner)

    async def gone(tenant_id, actor_id):
        raise NotAuthenticated

    library.runner._handlers._scope_for_task = gone
    await library.settle()
    document = await library.documents.get(household.owner, result.document.id)
    assert document.error.code == "permission_denied"


async def test_work_of_a_tenant_nobody_may_act_for_ends(library, household):
    result = await library.upload(household.owner)

    async def gone(*_):
        raise NotAuthenticated

    library.runner._handlers._scope_for_task = library.runner._handlers._scope_for_maintenance = gone
    await library.settle()
    assert (await read_task(library, household, result)).error.code == "not_authenticated"


async def test_a_second_runner_takes_over_at_once_where_no_other_can_be_alive(library, household):
    await library.upload(household.owner)
    assert await library.queue.claim("a process that died") is not None
    restarted = Library(library.store, library.clock, library.outside)
    await restarted.runner.start()
    async with library.store.read(household.owner) as tx:
        (task,) = await tx.tasks.list_unfinished()
    assert (await wait_until_finished(restarted, household, await restarted.upload(household.owner, "x y z"))).attempts
    assert (await restarted.tasks.get(household.owner, task.id)).attempts == 2
    await restarted.runner.stop()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_schedule_only_ticks(library, household):
    async def nothing() -> None: ...

    schedule = build_schedule(library.runner, library.outside.blobs, nothing, nothing)
    assert {job.id: job.trigger.interval.total_seconds() for job in schedule.get_jobs()} == {
        "wake": 2,
        "rescue": 10,
        "reconcile": 900,
        "sources": 60,
        "sweep-uploads": 900,
    }
    for job in schedule.get_jobs():
        await job.func()
