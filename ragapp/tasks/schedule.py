"""The clockwork: APScheduler ticks and owns nothing; all work lives in the task table."""

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from ragapp.core.ports import BlobStore
from ragapp.tasks.runner import TaskRunner

_WAKE_EVERY_S = 2
_RESCUE_EVERY_S = 10
_RECONCILE_EVERY_S = 15 * 60
_SOURCES_EVERY_S = 60
_SWEEP_EVERY_S = 15 * 60
_UNFINISHED_UPLOAD_S = 60 * 60


def build_schedule(
    runner: TaskRunner,
    blobs: BlobStore,
    reconcile: Callable[[], Awaitable[object]],
    queue_due_sources: Callable[[], Awaitable[object]],
) -> AsyncIOScheduler:
    """Return a scheduler, not started, that wakes the runner and the sweeps. Late ticks are merged into one."""

    async def sweep_uploads() -> None:
        await blobs.sweep_temporary(older_than_s=_UNFINISHED_UPLOAD_S)

    async def wake() -> None:
        runner.wake()

    scheduler = AsyncIOScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    for name, job, seconds in (
        ("wake", wake, _WAKE_EVERY_S),
        ("rescue", runner.rescue, _RESCUE_EVERY_S),
        ("reconcile", reconcile, _RECONCILE_EVERY_S),
        ("sources", queue_due_sources, _SOURCES_EVERY_S),
        ("sweep-uploads", sweep_uploads, _SWEEP_EVERY_S),
    ):
        scheduler.add_job(job, "interval", seconds=seconds, id=name)
    return scheduler
