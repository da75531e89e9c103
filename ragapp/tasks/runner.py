"""Runs leased tasks side by side, keeps their leases alive, and settles how each ended."""

import asyncio
import os
import random
import socket
from contextlib import suppress
from datetime import timedelta

import structlog

from ragapp.core.errors import Defect, LeaseLost, NotAuthenticated, RagAppError, Unavailable
from ragapp.core.ids import new_id
from ragapp.core.leases import TaskLease
from ragapp.services.signals import WorkSignals, wait_at_most
from ragapp.services.upkeep.task_queue import TaskQueue
from ragapp.tasks.handlers import TaskHandlers

_HEARTBEAT_S = 5.0
_DOWN_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 60.0
_STOP_GRACE_S = 5.0
_KEPT_FREE = 2
"""Places beside those a tenant may fill: one for what is awaited beside its bulk, one for other tenants."""
_log = structlog.get_logger(__name__)


class TaskRunner:
    """Works off the queue.

    Args:
        queue: Where tasks are claimed.
        handlers: What a task does.
        signals: Wakes the runner.
        concurrency: Tasks of one tenant at once; reading, embedding and writing of different documents overlap.
        exclusive: No other process works on this queue, so at start every running task is a dead one's.
        heartbeat_s: How often leases are extended.
    """

    def __init__(
        self,
        queue: TaskQueue,
        handlers: TaskHandlers,
        signals: WorkSignals,
        *,
        concurrency: int = 4,
        exclusive: bool = False,
        heartbeat_s: float = _HEARTBEAT_S,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._signals = signals
        self._concurrency = concurrency
        self._exclusive = exclusive
        self._heartbeat_s = heartbeat_s
        self._owner = f"{socket.gethostname()[:32]}:{os.getpid()}:{new_id()[:8]}"
        self._running: set[asyncio.Task[None]] = set()
        self._loop_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take over what a dead process left, then begin to work."""
        await self._queue.rescue(every=self._exclusive)
        self._loop_task = asyncio.create_task(self._work(), name="task-runner")

    async def stop(self) -> None:
        """Stop claiming, interrupt what runs and give it back uncounted."""
        if self._loop_task is not None:
            self._loop_task.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop_task
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=_STOP_GRACE_S)

    def wake(self) -> None:
        """Look at the queue now."""
        self._signals.work_added()

    async def rescue(self) -> None:
        """Queue tasks whose holder has gone silent."""
        rescued = await self._queue.rescue(every=False)
        if rescued:
            _log.warning("task.rescued", task_count=rescued)

    async def run_until_idle(self) -> None:
        """Work until nothing is due; for commands and tests."""
        while await self._fill() or self._running:
            if self._running:
                done, _ = await asyncio.wait(set(self._running), return_when=asyncio.FIRST_COMPLETED)
                for finished in done:
                    finished.result()

    async def _work(self) -> None:
        while True:
            try:
                await self._fill()
            except Exception:
                _log.exception("task.claim_failed")
            await self._signals.wait_for_work()

    async def _fill(self) -> bool:
        """Claim until all places are taken or nothing is due; return whether anything was claimed."""
        claimed = False
        while len(self._running) < self._concurrency + _KEPT_FREE:
            lease = await self._queue.claim(self._owner, per_tenant=self._concurrency)
            if lease is None:
                break
            claimed = True
            running = asyncio.create_task(self._run(lease), name=f"task-{lease.kind}")
            self._running.add(running)
            running.add_done_callback(self._forget)
        return claimed

    def _forget(self, running: asyncio.Task[None]) -> None:
        self._running.discard(running)
        self._signals.work_added()

    async def _run(self, lease: TaskLease) -> None:
        work = asyncio.create_task(self._handlers.run(lease))
        beat = asyncio.create_task(self._keep_alive(lease, work))
        try:
            await work
        except asyncio.CancelledError:
            # Either this process stops (give the task back) or the lease is lost (then giving back changes nothing).
            work.cancel()
            await asyncio.wait({work}, timeout=_STOP_GRACE_S)
            await asyncio.shield(self._queue.release(lease))
        except Exception as error:
            await self._settle(lease, error)
        finally:
            beat.cancel()
            self._signals.task_changed(lease.task_id)

    async def _keep_alive(self, lease: TaskLease, work: asyncio.Task[None]) -> None:
        with self._signals.working(lease.task_id) as withdrawn:
            while True:
                await wait_at_most(withdrawn, self._heartbeat_s)
                try:
                    held = await self._queue.heartbeat(lease)
                except Exception:
                    _log.exception("task.heartbeat_failed", task_id=lease.task_id)
                    continue
                if not held:
                    work.cancel()
                    return

    async def _settle(self, lease: TaskLease, error: Exception) -> None:
        known = {"task_id": lease.task_id, "kind": lease.kind.value, "attempt": lease.attempt}
        if isinstance(error, LeaseLost):
            _log.info("task.lease_lost", **known)
        elif isinstance(error, Unavailable):
            _log.warning("task.postponed", **known, error_code=error.code)
            await self._queue.release(lease, after=_with_jitter(_DOWN_PAUSE_S), message=error.user_message)
        elif isinstance(error, NotAuthenticated) or lease.exhausted:
            _log.error("task.gave_up", **known)
            await self._queue.fail(lease, error if isinstance(error, RagAppError) else Defect())
        else:
            _log.error("task.failed", **known, exc_info=error)
            await self._queue.retry(lease, after=_with_jitter(min(2.0**lease.attempt, _LONGEST_PAUSE_S)))


def _with_jitter(pause_s: float) -> timedelta:
    return timedelta(seconds=pause_s * random.uniform(0.75, 1.25))  # noqa: S311 - spreads retries, hides nothing
