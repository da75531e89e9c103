"""The queue as the task runner uses it: each step is one short transaction over tasks of all tenants."""

from datetime import timedelta

from ragapp.core.errors import RagAppError
from ragapp.core.leases import TaskLease
from ragapp.core.scope import Origin, PlatformScope
from ragapp.services.signals import WorkSignals
from ragapp.store.store import Store

_PLATFORM = PlatformScope(Origin.TASK)


class TaskQueue:
    """Claims tasks, keeps their leases and gives them back."""

    def __init__(self, store: Store, signals: WorkSignals) -> None:
        self._store = store
        self._signals = signals

    async def claim(self, owner: str, *, per_tenant: int | None = None) -> TaskLease | None:
        """Take the next due task; None when nothing is due, or nothing that `per_tenant` leaves a place for."""
        async with self._store.begin_platform(_PLATFORM) as tx:
            lease = await tx.queue.claim(owner, per_tenant=per_tenant)
        if lease is not None:
            self._signals.task_changed(lease.task_id)
        return lease

    async def heartbeat(self, lease: TaskLease) -> bool:
        """Extend a lease; return whether it is still held."""
        async with self._store.begin_platform(_PLATFORM) as tx:
            return await tx.queue.heartbeat(lease)

    async def release(self, lease: TaskLease, *, after: timedelta = timedelta(0), message: str = "") -> None:
        """Give a task back without counting the attempt."""
        async with self._store.begin_platform(_PLATFORM) as tx:
            await tx.queue.release(lease, after=after, message=message)
        self._signals.task_changed(lease.task_id)

    async def retry(self, lease: TaskLease, *, after: timedelta) -> None:
        """Give a task back after a failure that counts."""
        async with self._store.begin_platform(_PLATFORM) as tx:
            await tx.queue.retry(lease, after=after, message="Will be tried again.")
        self._signals.task_changed(lease.task_id)

    async def fail(self, lease: TaskLease, error: RagAppError) -> None:
        """End a task for good."""
        async with self._store.begin_platform(_PLATFORM) as tx:
            await tx.queue.fail(lease, code=error.code, message=error.user_message)
        self._signals.task_changed(lease.task_id)

    async def rescue(self, *, every: bool) -> int:
        """Queue running tasks whose lease ran out, or every running task where no other process can hold one."""
        async with self._store.begin_platform(_PLATFORM) as tx:
            count = await (tx.queue.rescue_all() if every else tx.queue.rescue_expired())
        if count:
            self._signals.work_added()
        return count
