"""The task queue across tenants: leases, heartbeats, retries. It sees who and what kind, never content."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Subquery, and_, bindparam, case, func, or_, true, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from ragapp.core.ids import DocumentId, TaskId, TenantId, UserId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import UNFINISHED_TASKS, TaskKind, TaskPriority, TaskStatus
from ragapp.core.ports import Clock
from ragapp.models import Task, Tenant
from ragapp.store.prepared import change_rows

LEASE = timedelta(seconds=30)


class TaskQueueRepository:
    """Claims and gives back work. A claim sets a 30 s lease, one more attempt and a new fence in one statement."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def claim(self, owner: str, *, per_tenant: int | None = None) -> TaskLease | None:
        """Take the next due task; None when nothing is due.

        Tenants with few running tasks go first; within a tenant what is awaited before bulk, and people with few
        running tasks first.

        Args:
            owner: Who takes it.
            per_tenant: How many tasks of one tenant the owner runs at most; while some of them are bulk, one more that
                is awaited. None is no limit.
        """
        now = self._clock.now()
        candidate = await self._find_candidate(now, owner, per_tenant)
        if candidate is None or not await self._may_work(candidate):
            return None
        lease = _lease_of(candidate)
        taken = await self._change(
            lease,
            {"id": candidate.id, "status": TaskStatus.QUEUED},
            status=TaskStatus.RUNNING,
            lease_owner=owner,
            lease_until=now + LEASE,
            attempts=lease.attempt,
            fence=lease.fence,
        )
        return lease if taken else None

    async def reindexing_progress(self) -> tuple[int, int]:
        """Return how many knowledge bases wait for their vectors or index, and how far they are on average, in %."""
        unfinished = and_(col(Task.kind) == TaskKind.REINDEX, col(Task.status).in_(list(UNFINISHED_TASKS)))
        statement = select(func.count(), func.coalesce(func.avg(col(Task.progress)), 0)).where(unfinished)
        count, progress = (await self._session.exec(statement)).one()
        return count, int(progress)

    async def heartbeat(self, lease: TaskLease) -> bool:
        """Extend the lease; return whether it is still held."""
        return await self._change(lease, held(lease), lease_until=self._clock.now() + LEASE)

    async def release(self, lease: TaskLease, *, after: timedelta = timedelta(0), message: str = "") -> bool:
        """Give the task back without counting the attempt: stopped on purpose, or something it needs is down."""
        return await self._requeue(lease, after, attempts=lease.attempt - 1, message=message)

    async def retry(self, lease: TaskLease, *, after: timedelta, message: str = "") -> bool:
        """Give the task back; the attempt counts."""
        return await self._requeue(lease, after, message=message)

    async def fail(self, lease: TaskLease, *, code: str, message: str) -> bool:
        """End the task for good, where nobody may act for its tenant any more."""
        return await self._change(
            lease,
            held(lease),
            status=TaskStatus.FAILED,
            stage=TaskStatus.FAILED,
            error_code=code,
            error_message=message,
            lease_until=None,
            finished_at=self._clock.now(),
        )

    async def rescue_expired(self) -> int:
        """Queue every running task whose lease ran out; return how many. Their attempts stay counted."""
        return await self._rescue(and_(col(Task.lease_until).is_not(None), col(Task.lease_until) < self._clock.now()))

    async def rescue_all(self) -> int:
        """Queue every running task: right only where no other process can hold a lease."""
        return await self._rescue(col(Task.status) == TaskStatus.RUNNING)

    async def _find_candidate(self, now: datetime, owner: str, per_tenant: int | None) -> Task | None:
        values = {"now": now, "owner": owner, "per_tenant": per_tenant}
        found: Task | None = await self._session.scalar(_next_due(is_limited=per_tenant is not None), values)
        return found

    async def _may_work(self, candidate: Task) -> bool:
        """Look at the tenant again under a lock: a suspension either sees this task running or keeps it queued."""
        locked = select(Tenant.status).where(Tenant.id == candidate.tenant_id).with_for_update(read=True)
        status = (await self._session.exec(locked)).one()
        return status == "active" or candidate.kind == TaskKind.ERASE

    async def _requeue(self, lease: TaskLease, after: timedelta, **values: Any) -> bool:
        return await self._change(
            lease,
            held(lease),
            status=TaskStatus.QUEUED,
            stage=TaskStatus.QUEUED,
            run_after=self._clock.now() + after,
            lease_owner="",
            lease_until=None,
            **values,
        )

    async def _rescue(self, condition: ColumnElement[bool]) -> int:
        statement = (
            update(Task)
            .where(col(Task.status) == TaskStatus.RUNNING, condition)
            .values(status=TaskStatus.QUEUED, lease_owner="", lease_until=None, run_after=self._clock.now())
        )
        return (await self._session.exec(statement)).rowcount

    async def _change(self, lease: TaskLease, where: Mapping[str, Any], **values: Any) -> bool:
        return await change_rows(self._session, Task, lease.tenant_id, where, values) == 1


def held(lease: TaskLease) -> dict[str, Any]:
    """Return what the columns of a task hold as long as nobody else owns it."""
    return {"id": lease.task_id, "status": TaskStatus.RUNNING, "fence": lease.fence}


@cache
def _next_due(*, is_limited: bool) -> SelectOfScalar[Task]:
    """Return the statement that finds the next due task. It is built once: a queue asks it all the time."""
    running = _count_running()
    of_actor = _count_running_of_actors()
    is_actors = and_(of_actor.c.tenant_id == col(Task.tenant_id), of_actor.c.actor_id == col(Task.actor_id))
    busy, own = func.coalesce(running.c.busy, 0), func.coalesce(of_actor.c.busy, 0)
    # Row locks skip what another worker is taking; SQLite has one writer and ignores them.
    return (
        select(Task)
        .outerjoin(running, running.c.tenant_id == col(Task.tenant_id))
        .outerjoin(of_actor, is_actors)
        .join(Tenant, col(Tenant.id) == col(Task.tenant_id))
        .where(col(Task.status) == TaskStatus.QUEUED, col(Task.run_after) <= bindparam("now"))
        .where(or_(col(Tenant.status) == "active", col(Task.kind) == TaskKind.ERASE))
        .where(_has_place(running) if is_limited else true())
        .order_by(busy, col(Task.priority), own, col(Task.run_after), col(Task.created_at), col(Task.id))
        .limit(1)
        .with_for_update(of=Task, skip_locked=True)
    )


def _count_running() -> Subquery:
    """Return per tenant how many tasks run, how many of them at `owner`, and how many of those are bulk."""
    is_here = col(Task.lease_owner) == bindparam("owner")
    here = case((is_here, 1), else_=0)
    bulk_here = case((and_(is_here, col(Task.priority) > TaskPriority.AWAITED), 1), else_=0)
    return (
        select(
            col(Task.tenant_id),
            func.count().label("busy"),
            func.sum(here).label("here"),
            func.sum(bulk_here).label("bulk_here"),
        )
        .where(col(Task.status) == TaskStatus.RUNNING)
        .group_by(col(Task.tenant_id))
        .subquery()
    )


def _count_running_of_actors() -> Subquery:
    of_actor = (col(Task.tenant_id), col(Task.actor_id))
    running = select(*of_actor, func.count().label("busy")).where(col(Task.status) == TaskStatus.RUNNING)
    return running.group_by(*of_actor).subquery()


def _has_place(running: Subquery) -> ColumnElement[bool]:
    per_tenant = bindparam("per_tenant", type_=Integer())
    here, bulk_here = func.coalesce(running.c.here, 0), func.coalesce(running.c.bulk_here, 0)
    is_awaited = col(Task.priority) == TaskPriority.AWAITED
    return or_(here < per_tenant, and_(is_awaited, here == per_tenant, bulk_here > 0))


def _lease_of(candidate: Task) -> TaskLease:
    return TaskLease(
        task_id=TaskId(candidate.id),
        kind=TaskKind(candidate.kind),
        tenant_id=TenantId(candidate.tenant_id),
        actor_id=UserId(candidate.actor_id),
        document_id=DocumentId(candidate.document_id) if candidate.document_id else None,
        subject=candidate.dedupe_key,
        fence=candidate.fence + 1,
        attempt=candidate.attempts + 1,
        exhausted=candidate.attempts >= candidate.max_attempts,
    )
