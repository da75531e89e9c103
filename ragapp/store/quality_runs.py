"""Runs over the test questions of a knowledge base, and what became of each question."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, delete, func, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import KnowledgeBaseId, QualityRunId, TaskId
from ragapp.models import QualityResult, QualityRun, Task
from ragapp.store.paging import cut_page, older_than
from ragapp.store.prepared import change_rows
from ragapp.store.readable import in_readable_base
from ragapp.store.repository import TenantRepository

RunRow = tuple[QualityRun, Task | None]
"""A run and the task that does it."""


class QualityRunRepository(TenantRepository):
    """Runs of the bound tenant, limited to knowledge bases the acting member may read."""

    async def add(self, run: QualityRun) -> None:
        """Keep a run."""
        self._session.add(run)
        await self._session.flush()

    async def get(self, run_id: QualityRunId) -> RunRow:
        """Return a run with its task.

        Raises:
            NotFound: absent, another tenant's, or of a knowledge base that is not the caller's to read.
        """
        found: RunRow | None = (await self._session.exec(self._rows().where(col(QualityRun.id) == run_id))).first()
        if found is None:
            raise NotFound
        return found

    async def find_of_task(self, task_id: TaskId) -> QualityRun | None:
        """Return the run that a task does."""
        of_task = select(QualityRun).where(self._visible, col(QualityRun.task_id) == task_id)
        return (await self._session.exec(of_task)).first()

    async def find_finished_before(self, run: QualityRun) -> QualityRun | None:
        """Return the run of the same knowledge base that was finished last among those begun before `run`."""
        earlier = and_(
            self._visible,
            col(QualityRun.knowledge_base_id) == run.knowledge_base_id,
            col(QualityRun.id) != run.id,
            col(QualityRun.created_at) <= run.created_at,
            col(QualityRun.finished_at).is_not(None),
        )
        latest_first = select(QualityRun).where(earlier).order_by(col(QualityRun.created_at).desc()).limit(1)
        return (await self._session.exec(latest_first)).first()

    async def list_page(
        self, *, knowledge_base_id: KnowledgeBaseId | None, limit: int, cursor: str | None
    ) -> tuple[list[RunRow], str | None]:
        """Return one page, newest first, and the cursor of the next.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        statement = self._rows()
        if knowledge_base_id is not None:
            statement = statement.where(col(QualityRun.knowledge_base_id) == knowledge_base_id)
        if cursor is not None:
            statement = statement.where(older_than(cursor, QualityRun.created_at, QualityRun.id))
        ordered = statement.order_by(col(QualityRun.created_at).desc(), col(QualityRun.id).desc())
        rows = list(await self._session.exec(ordered.limit(limit + 1)))
        return cut_page(rows, limit, lambda row: (row[0].created_at, row[0].id))

    async def list_latest_finished(self) -> list[QualityRun]:
        """Return the run that was finished last of each knowledge base."""
        latest = (
            select(QualityRun.knowledge_base_id, func.max(QualityRun.created_at))
            .where(col(QualityRun.tenant_id) == self._tenant_id, col(QualityRun.finished_at).is_not(None))
            .group_by(col(QualityRun.knowledge_base_id))
        )
        moments = dict((await self._session.exec(latest)).all())
        wanted = and_(self._visible, col(QualityRun.created_at).in_(list(moments.values())))
        rows = await self._session.exec(select(QualityRun).where(wanted).order_by(col(QualityRun.created_at).desc()))
        return [row for row in rows if moments.get(row.knowledge_base_id) == row.created_at and row.finished_at]

    async def restart(self, run_id: QualityRunId, configuration: dict[str, Any]) -> None:
        """Note under what a run runs, and forget what it found under something else."""
        of_run = and_(col(QualityResult.tenant_id) == self._tenant_id, col(QualityResult.run_id) == run_id)
        await self._session.exec(delete(QualityResult).where(of_run))
        changed = {"configuration": configuration}
        await change_rows(self._session, QualityRun, self._tenant_id, {"id": run_id}, changed)

    async def finish(self, run: QualityRun, **values: Any) -> None:
        """Set what is known at the end."""
        values = {"finished_at": self._clock.now(), **values}
        await change_rows(self._session, QualityRun, self._tenant_id, {"id": run.id}, values)

    async def remove(self, run_ids: Sequence[str]) -> None:
        """Delete runs with their results."""
        wanted = and_(col(QualityRun.tenant_id) == self._tenant_id, col(QualityRun.id).in_(list(run_ids)))
        await self._session.exec(delete(QualityRun).where(wanted))

    async def add_result(self, result: QualityResult) -> None:
        """Keep what became of one question."""
        self._session.add(result)
        await self._session.flush()

    async def list_results(self, run_id: QualityRunId) -> list[QualityResult]:
        """Return what became of the questions of a run, in the order they were asked."""
        of_run = and_(col(QualityResult.tenant_id) == self._tenant_id, col(QualityResult.run_id) == run_id)
        return list(await self._session.exec(select(QualityResult).where(of_run).order_by(col(QualityResult.position))))

    def _rows(self) -> Any:
        task_of_run = and_(
            col(Task.tenant_id) == col(QualityRun.tenant_id),
            col(Task.tenant_id) == self._tenant_id,
            col(Task.id) == col(QualityRun.task_id),
        )
        return select(QualityRun, Task).join(Task, task_of_run, isouter=True).where(self._visible)

    @property
    def _visible(self) -> ColumnElement[bool]:
        scope = self._scope
        readable = in_readable_base(scope.role, scope.tenant_id, scope.user_id, QualityRun.knowledge_base_id)
        return and_(col(QualityRun.tenant_id) == self._tenant_id, readable)
