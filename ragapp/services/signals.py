"""What happens inside this process, told at once; other processes are noticed by looking again after a second."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ragapp.core.ids import TaskId


class WorkSignals:
    """Wakes whoever waits for new work or for a change of one task. Single event loop."""

    def __init__(self) -> None:
        self._work = asyncio.Event()
        self._watchers: dict[TaskId, set[asyncio.Event]] = {}
        self._workers: dict[TaskId, asyncio.Event] = {}

    def work_added(self) -> None:
        """Say that a task may be due; call after the commit."""
        self._work.set()

    async def wait_for_work(self) -> None:
        """Return once `work_added` was called since the last return."""
        await self._work.wait()
        self._work.clear()

    def task_changed(self, task_id: TaskId) -> None:
        """Say that a task has moved on; call after the commit."""
        for watcher in self._watchers.get(task_id, ()):
            watcher.set()

    def task_withdrawn(self, task_id: TaskId) -> None:
        """Say that a task was taken from whoever runs it; call after the commit."""
        worker = self._workers.get(task_id)
        if worker is not None:
            worker.set()

    @contextmanager
    def working(self, task_id: TaskId) -> Iterator[asyncio.Event]:
        """Give an event that is set when the task is withdrawn from this process, which is running it."""
        worker = self._workers[task_id] = asyncio.Event()
        try:
            yield worker
        finally:
            if self._workers.get(task_id) is worker:
                del self._workers[task_id]

    @contextmanager
    def watching(self, task_id: TaskId) -> Iterator[asyncio.Event]:
        """Give an event that is set by every change of the task from now on."""
        watcher = asyncio.Event()
        self._watchers.setdefault(task_id, set()).add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[task_id].discard(watcher)
            if not self._watchers[task_id]:
                del self._watchers[task_id]


async def wait_at_most(event: asyncio.Event, timeout_s: float) -> None:
    """Wait for an event or for the time to pass, whichever is first; the event is cleared."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
    event.clear()
