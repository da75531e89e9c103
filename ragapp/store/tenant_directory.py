"""Tenants as the platform operator sees them: rows and counts. Nothing here can read content."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, update
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.errors import AlreadyMember, NotFound
from ragapp.core.ids import TaskId, TenantId
from ragapp.core.lifecycle import UNFINISHED_TASKS, TaskKind, TaskStatus
from ragapp.core.ports import Clock
from ragapp.models import Membership, Session, Task, Tenant, TenantTotals, User, with_words
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.matching import matches
from ragapp.store.paging import cut_page, older_than


@dataclass(frozen=True, slots=True)
class InstallationCounts:
    """The whole installation in numbers."""

    tenants: dict[str, int]
    users: int
    documents: int
    storage_bytes: int
    sessions: int


class TenantDirectory:
    """Every tenant, with what it holds in numbers."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def list_page(
        self, *, limit: int, cursor: str | None, query: str, status: str
    ) -> tuple[list[tuple[Tenant, TenantTotals]], str | None]:
        """Return tenants, newest first; `query` searches names and short names, empty filters let all through."""
        statement = select(Tenant, TenantTotals).join(TenantTotals, col(TenantTotals.tenant_id) == col(Tenant.id))
        if query:
            statement = statement.where(matches(query, Tenant.name_words, Tenant.slug_words))
        if status:
            statement = statement.where(col(Tenant.status) == status)
        if cursor is not None:
            statement = statement.where(older_than(cursor, col(Tenant.created_at), col(Tenant.id)))
        ordered = statement.order_by(col(Tenant.created_at).desc(), col(Tenant.id).desc())
        rows = (await self._session.exec(ordered.limit(limit + 1))).all()
        return cut_page(rows, limit, lambda row: (row[0].created_at, row[0].id))

    async def get(self, tenant_id: TenantId, *, for_change: bool = False) -> tuple[Tenant, TenantTotals]:
        """Return one tenant; `for_change` keeps other changes of it waiting until the transaction ends.

        Raises:
            NotFound: there is none.
        """
        statement = select(Tenant).where(Tenant.id == tenant_id)
        if for_change:
            statement = statement.with_for_update()
        found = (await self._session.exec(statement.execution_options(populate_existing=True))).first()
        if found is None:
            raise NotFound
        return found, await self._session.get(TenantTotals, tenant_id) or TenantTotals(tenant_id=tenant_id)

    async def change(self, tenant_id: TenantId, **values: Any) -> None:
        """Set columns of a tenant."""
        await self._session.exec(update(Tenant).where(col(Tenant.id) == tenant_id).values(**with_words(Tenant, values)))

    async def get_user(self, user_id: str) -> User | None:
        """Return a person."""
        return await self._session.get(User, user_id)

    async def find_membership(self, tenant_id: TenantId, user_id: str) -> Membership | None:
        """Return somebody's membership, active or not."""
        return await self._session.get(Membership, (tenant_id, user_id), populate_existing=True)

    async def is_anywhere_suspended(self, user_id: str) -> bool:
        """Return whether somebody is an active member of a tenant that is suspended."""
        statement = (
            select(Tenant.id)
            .join(Membership, col(Membership.tenant_id) == col(Tenant.id))
            .where(Membership.user_id == user_id, Membership.status == "active", Tenant.status == "suspended")
        )
        return (await self._session.exec(statement)).first() is not None

    async def join(self, membership: Membership) -> None:
        """Make a user a member; the seat is for the caller to have taken.

        Raises:
            AlreadyMember: they are one already.
        """
        async with translating_conflicts(self._session, AlreadyMember()):
            self._session.add(membership)

    async def withdraw_tasks(self, tenant_id: TenantId) -> list[TaskId]:
        """Take the tenant's running tasks back into the queue, uncounted: what runs them finds its lease gone."""
        running = and_(col(Task.tenant_id) == tenant_id, col(Task.status) == TaskStatus.RUNNING)
        ids = [TaskId(task_id) for task_id in await self._session.exec(select(Task.id).where(running))]
        await self._session.exec(
            update(Task)
            .where(running)
            .values(
                status=TaskStatus.QUEUED,
                stage=TaskStatus.QUEUED,
                lease_owner="",
                lease_until=None,
                attempts=col(Task.attempts) - 1,
                run_after=self._clock.now(),
            )
        )
        return ids

    async def cancel_tasks(self, tenant_id: TenantId) -> None:
        """End every unfinished task of a tenant that is to be erased."""
        unfinished = and_(col(Task.tenant_id) == tenant_id, col(Task.status).in_(list(UNFINISHED_TASKS)))
        await self._session.exec(
            update(Task)
            .where(unfinished, col(Task.kind) != TaskKind.ERASE)
            .values(status=TaskStatus.CANCELLED, lease_until=None, finished_at=self._clock.now())
        )

    async def add_task(self, task: Task) -> None:
        """Queue work on a tenant as a whole."""
        self._session.add(task)
        await self._session.flush()

    async def end_sessions(self, tenant_id: TenantId) -> None:
        """End every session and token in a tenant."""
        await self._session.exec(delete(Session).where(col(Session.tenant_id) == tenant_id))

    async def counts(self) -> InstallationCounts:
        """Return the installation in numbers."""
        by_status = select(Tenant.status, func.count()).group_by(col(Tenant.status))
        totals = select(func.sum(TenantTotals.document_count), func.sum(TenantTotals.storage_bytes))
        documents, storage = (await self._session.exec(totals)).one()
        return InstallationCounts(
            tenants=dict((await self._session.exec(by_status)).all()),
            users=await self._count(select(func.count()).select_from(User)),
            documents=int(documents or 0),
            storage_bytes=int(storage or 0),
            sessions=await self._count(
                select(func.count()).select_from(Session).where(col(Session.expires_at) > self._clock.now())
            ),
        )

    async def count_tasks(self) -> dict[str, int]:
        """Return how many tasks of all tenants are in each state."""
        counted = select(Task.status, func.count()).group_by(col(Task.status))
        return dict((await self._session.exec(counted)).all())

    async def list_tasks(self, *, statuses: Sequence[str], limit: int) -> list[tuple[Task, str]]:
        """Return tasks in those states with the tenant's short name, the newest first."""
        wanted: ColumnElement[bool] = col(Task.status).in_(list(statuses))
        statement = select(Task, Tenant.slug).join(Tenant, col(Tenant.id) == col(Task.tenant_id)).where(wanted)
        ordered = statement.order_by(col(Task.created_at).desc(), col(Task.id)).limit(limit)
        return list((await self._session.exec(ordered)).all())

    async def _count(self, statement: Any) -> int:
        return int((await self._session.exec(statement)).one())
