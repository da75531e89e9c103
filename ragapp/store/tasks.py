"""One tenant's tasks, and the fence that every effect of a task commits behind."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, true, update
from sqlmodel import col, func, select

from ragapp.core.errors import Conflict, LeaseLost, NotFound
from ragapp.core.ids import DocumentId, TaskId, new_id
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import UNFINISHED_TASKS, TaskKind, TaskPriority, TaskStatus
from ragapp.core.scope import Origin
from ragapp.models import Document, KnowledgeBase, Source, Task
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.prepared import change_rows, table_of
from ragapp.store.queue import held
from ragapp.store.readable import base_hidden, reads_everything
from ragapp.store.repository import TenantRepository

_READING = (TaskKind.INGEST, TaskKind.EXPAND, TaskKind.FETCH)
_SETTLED = {"status": TaskStatus.CANCELLED, "stage": TaskStatus.CANCELLED}
_ADD = insert(table_of(Task))
_BULK_FROM = 20
_BULK_WITHIN = timedelta(minutes=1)
"""Whoever brings more than 20 documents a minute is not waiting for any single one of them."""


class TaskRepository(TenantRepository):
    """The tenant's durable tasks."""

    async def get(self, task_id: TaskId) -> Task:
        """Return one task.

        Raises:
            NotFound: absent, another tenant's, or about what is not the caller's to read.
        """
        found = await self._session.scalar(select(Task).where(self._is(task_id), self._visible))
        if found is None:
            raise NotFound
        return found

    async def find_unfinished(self, kind: TaskKind, subject: str) -> Task | None:
        """Return the queued or running task of that kind about that subject; there is at most one."""
        return await self._session.scalar(
            select(Task).where(
                self._mine, self._unfinished, col(Task.kind) == kind, col(Task.dedupe_key) == subject
            )
        )

    async def find_latest_of_document(self, document_id: DocumentId) -> Task | None:
        """Return the task that was added last for a document."""
        of_document = select(Task).where(self._mine, col(Task.document_id) == document_id)
        return await self._session.scalar(of_document.order_by(col(Task.created_at).desc(), col(Task.id)).limit(1))

    async def list_unfinished(self) -> Sequence[Task]:
        """Return every queued or running task."""
        return (await self._session.exec(select(Task).where(self._mine, self._unfinished))).all()

    async def ensure(
        self,
        kind: TaskKind,
        *,
        subject: str,
        document_id: DocumentId | None = None,
        max_attempts: int,
        after: timedelta = timedelta(0),
    ) -> Task:
        """Return the unfinished task of that kind about that subject, adding it if there is none.

        Raises:
            Conflict: somebody else added it and it ended, all at the same moment.
        """
        found = await self.find_unfinished(kind, subject)
        if found is not None:
            return found
        try:
            async with translating_conflicts(self._session, Conflict()):
                return await self.add(
                    kind, subject=subject, document_id=document_id, max_attempts=max_attempts, after=after
                )
        except Conflict:
            found = await self.find_unfinished(kind, subject)
            if found is None:
                raise
            return found

    async def add(
        self,
        kind: TaskKind,
        *,
        subject: str,
        document_id: DocumentId | None = None,
        max_attempts: int,
        after: timedelta = timedelta(0),
    ) -> Task:
        """Insert a task about a subject that has none; it is due `after` that long."""
        now = self._clock.now()
        priority = TaskPriority.BULK if await self._comes_in_bulk(kind, now) else TaskPriority.AWAITED
        task = Task(
            tenant_id=self._tenant_id,
            id=new_id(),
            kind=kind,
            dedupe_key=subject,
            document_id=document_id,
            actor_id=self._scope.user_id,
            status=TaskStatus.QUEUED,
            stage=TaskStatus.QUEUED,
            priority=priority,
            max_attempts=max_attempts,
            run_after=now + after,
            created_at=now,
        )
        await self._session.exec(_ADD, params=[task.model_dump()])
        return task

    async def _comes_in_bulk(self, kind: TaskKind, now: datetime) -> bool:
        if kind in (TaskKind.SYNC, TaskKind.MEASURE):
            return True
        if kind not in _READING:
            return False
        if self._scope.origin is Origin.TASK:
            return True
        recent = (
            select(Task.id)
            .where(self._mine, col(Task.actor_id) == self._scope.user_id, col(Task.created_at) > now - _BULK_WITHIN)
            .limit(_BULK_FROM)
        )
        return len((await self._session.exec(recent)).all()) >= _BULK_FROM

    async def cancel(self, task_id: TaskId) -> bool:
        """End an unfinished task at once; a run of it loses its lease. Return whether it was unfinished."""
        return await self._change(
            {"id": task_id, "status": list(UNFINISHED_TASKS)},
            status=TaskStatus.CANCELLED,
            stage=TaskStatus.CANCELLED,
            cancel_requested=True,
            lease_until=None,
            finished_at=self._clock.now(),
        )

    async def settle_failed(self, document_id: DocumentId) -> None:
        """Close a document's failed tasks: it is gone or tried again, so nobody has to look after them any more."""
        await self._change({"document_id": document_id, "status": TaskStatus.FAILED}, **_SETTLED)

    async def settle_orphaned(self) -> None:
        """Close the failed reading tasks of documents that are not there any more."""
        there = select(Document.id).where(
            col(Document.tenant_id) == self._tenant_id, col(Document.id) == col(Task.document_id)
        )
        of_reading = and_(col(Task.kind).in_(list(_READING)), col(Task.document_id).is_not(None))
        failed = and_(self._mine, col(Task.status) == TaskStatus.FAILED)
        await self._session.exec(update(Task).where(failed, of_reading, ~there.exists()).values(**_SETTLED))

    async def hold(self, lease: TaskLease, **progress: Any) -> None:
        """Keep the lease locked until the transaction ends, and say how far the task is.

        Raises:
            LeaseLost: another run owns the task now, or it has ended.
        """
        if not await self._change(held(lease), **{"fence": lease.fence, **progress}):
            raise LeaseLost(details={"task_id": lease.task_id})

    async def finish(self, lease: TaskLease, status: TaskStatus, **values: Any) -> None:
        """End the task in the transaction of its last effect.

        Raises:
            LeaseLost: another run owns the task now, or it has ended.
        """
        ended = {"status": status, "stage": status, "finished_at": self._clock.now(), "lease_until": None}
        if not await self._change(held(lease), **ended, **values):
            raise LeaseLost(details={"task_id": lease.task_id})

    async def _change(self, where: Mapping[str, Any], **values: Any) -> bool:
        return await change_rows(self._session, Task, self._tenant_id, where, values) == 1

    def _is(self, task_id: TaskId) -> ColumnElement[bool]:
        return and_(self._mine, col(Task.id) == task_id)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(Task.tenant_id) == self._tenant_id

    @property
    def _visible(self) -> ColumnElement[bool]:
        """Hide tasks about knowledge bases that are not the caller's to read, and about what is in them."""
        if reads_everything(self._scope.role):
            return true()
        hidden = select(KnowledgeBase.id).where(
            col(KnowledgeBase.tenant_id) == self._tenant_id, base_hidden(self._scope)
        )
        documents = select(Document.id).where(
            col(Document.tenant_id) == self._tenant_id, col(Document.knowledge_base_id).in_(hidden)
        )
        sources = select(Source.id).where(
            col(Source.tenant_id) == self._tenant_id, col(Source.knowledge_base_id).in_(hidden)
        )
        subject, document = col(Task.dedupe_key), func.coalesce(Task.document_id, "")
        return and_(document.not_in(documents), subject.not_in(hidden), subject.not_in(sources))

    @property
    def _unfinished(self) -> ColumnElement[bool]:
        return col(Task.status).in_(list(UNFINISHED_TASKS))
