"""Runs over the test questions of a knowledge base: begun, listed, compared, deleted."""

from collections.abc import Sequence

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, NothingToMeasure, RunInProgress
from ragapp.core.ids import DocumentId, KnowledgeBaseId, QualityQuestionId, QualityRunId, TaskId, new_id
from ragapp.core.lifecycle import UNFINISHED_TASKS, TaskKind, TaskStatus
from ragapp.core.ports import Clock
from ragapp.core.quality import Expects, Verdict
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import KnowledgeBase, QualityResult, QualityRun
from ragapp.services.paging import MAX_PAGE, page_limit
from ragapp.services.quality.comparison import changed_questions, changed_settings, compare, from_row, pair_results
from ragapp.services.quality.quality_views import (
    ComparisonView,
    Expectation,
    FoundPassage,
    QualityResultView,
    QualityRunView,
)
from ragapp.services.signals import WorkSignals
from ragapp.services.views import ErrorView, Page
from ragapp.store.quality_runs import RunRow
from ragapp.store.store import Store, TenantTransaction

KEPT_RUNS = 30
"""Of one knowledge base; when another begins, the oldest go."""
_ATTEMPTS = 5


class QualityRunService:
    """What administrators see of runs, and how they begin one. Of one knowledge base, one runs at a time."""

    def __init__(self, store: Store, clock: Clock, signals: WorkSignals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals

    async def start(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> QualityRunView:
        """Have every question of a knowledge base asked that says what the right answer is, in the background.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to manage knowledge bases.
            NothingToMeasure: it has no such question. RunInProgress: a run is under way.
        """
        async with self._store.begin(scope) as tx:
            base = await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            count = (await tx.quality_questions.count_by_base()).get(knowledge_base_id, 0)
            if not count:
                raise NothingToMeasure
            if await tx.tasks.find_unfinished(TaskKind.MEASURE, knowledge_base_id) is not None:
                raise RunInProgress
            task = await tx.tasks.ensure(TaskKind.MEASURE, subject=knowledge_base_id, max_attempts=_ATTEMPTS)
            if await tx.quality_runs.find_of_task(TaskId(task.id)) is not None:
                raise RunInProgress  # somebody else began at the same moment
            run = self._build(scope, base, TaskId(task.id), count)
            await tx.quality_runs.add(run)
            await _forget_oldest(tx, knowledge_base_id)
            target = AuditTarget("knowledge_base", base.id, base.name)
            await tx.audit.record(AuditAction.QUALITY_RUN_STARTED, target, {"run_id": run.id, "questions": count})
        self._signals.work_added()
        return await self.get(scope, QualityRunId(run.id))

    async def list(
        self,
        scope: TenantScope,
        *,
        knowledge_base_id: KnowledgeBaseId | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[QualityRunView]:
        """Return one page of runs, newest first.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to manage knowledge bases.
            InvalidInput: a wrong limit or cursor.
        """
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            if knowledge_base_id is not None:
                await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            rows, next_cursor = await tx.quality_runs.list_page(
                knowledge_base_id=knowledge_base_id, limit=limit, cursor=cursor
            )
            return Page(await _views(tx, rows), next_cursor)

    async def get(self, scope: TenantScope, run_id: QualityRunId) -> QualityRunView:
        """Return one run.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.read(scope) as tx:
            row = await tx.quality_runs.get(run_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            return (await _views(tx, [row]))[0]

    async def results(
        self, scope: TenantScope, run_id: QualityRunId, *, only_failed: bool = False
    ) -> tuple[QualityResultView, ...]:
        """Return what became of the questions so far, in the order they were asked; the failed ones with what came.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.read(scope) as tx:
            await tx.quality_runs.get(run_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            rows = await tx.quality_runs.list_results(run_id)
        return tuple(result_view(row) for row in rows if not (only_failed and row.is_right))

    async def compare(
        self, scope: TenantScope, run_id: QualityRunId, *, baseline_id: QualityRunId
    ) -> ComparisonView:
        """Return how a run compares with another one of the same knowledge base, over what both asked alike.

        Raises:
            NotFound: one of them is absent. PermissionDenied: no right to manage knowledge bases.
            InvalidInput: they are of different knowledge bases, or one is not completed.
        """
        async with self._store.read(scope) as tx:
            run, _ = await tx.quality_runs.get(run_id)
            baseline, _ = await tx.quality_runs.get(baseline_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            if run.knowledge_base_id != baseline.knowledge_base_id or not (run.finished_at and baseline.finished_at):
                problem = "Compare two completed runs of the same knowledge base."
                raise InvalidInput(problem, details={"field": "baseline_id"})
            after = await tx.quality_runs.list_results(run_id)
            before = await tx.quality_runs.list_results(baseline_id)
        pairs = pair_results(before, after)
        settings = changed_settings(baseline, run)
        return ComparisonView(run_id, compare(baseline_id, pairs), settings, changed_questions(pairs))

    async def warnings(self, scope: TenantScope) -> tuple[QualityRunView, ...]:
        """Return the latest completed runs that are significantly worse than the run before, at most one of each base.

        Raises:
            PermissionDenied: no right to manage knowledge bases.
        """
        require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
        async with self._store.read(scope) as tx:
            latest = await tx.quality_runs.list_latest_finished()
            worse = [run for run in latest if run.change.get("verdict") == Verdict.WORSE]
            return await _views(tx, [(run, None) for run in worse])

    async def delete(self, scope: TenantScope, run_id: QualityRunId) -> None:
        """Delete a run with its results; one that is under way ends.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.begin(scope) as tx:
            run, task = await tx.quality_runs.get(run_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            base = await tx.knowledge_bases.get(KnowledgeBaseId(run.knowledge_base_id))
            if task is not None and TaskStatus(task.status) in UNFINISHED_TASKS:
                await tx.tasks.cancel(TaskId(task.id))
            await tx.quality_runs.remove([run_id])
            target = AuditTarget("knowledge_base", base.id, base.name)
            await tx.audit.record(AuditAction.QUALITY_RUN_DELETED, target, {"run_id": run_id})
        if task is not None:
            self._signals.task_changed(TaskId(task.id))

    def _build(self, scope: TenantScope, base: KnowledgeBase, task_id: TaskId, question_count: int) -> QualityRun:
        return QualityRun(
            tenant_id=scope.tenant_id,
            id=new_id(),
            knowledge_base_id=base.id,
            task_id=task_id,
            question_count=question_count,
            started_by=scope.user_id,
            created_at=self._clock.now(),
        )


async def _forget_oldest(tx: TenantTransaction, knowledge_base_id: KnowledgeBaseId) -> None:
    rows, _ = await tx.quality_runs.list_page(knowledge_base_id=knowledge_base_id, limit=MAX_PAGE, cursor=None)
    await tx.quality_runs.remove([run.id for run, _ in rows[KEPT_RUNS:]])


async def _views(tx: TenantTransaction, rows: Sequence[RunRow]) -> tuple[QualityRunView, ...]:
    names = await tx.members.names_of([run.started_by for run, _ in rows])
    return tuple(_view(row, names.get(row[0].started_by, "")) for row in rows)


def _view(row: RunRow, started_by: str) -> QualityRunView:
    run, task = row
    is_done = run.finished_at is not None
    status = TaskStatus.COMPLETED if is_done else TaskStatus(task.status) if task else TaskStatus.CANCELLED
    return QualityRunView(
        id=QualityRunId(run.id),
        knowledge_base_id=KnowledgeBaseId(run.knowledge_base_id),
        task_id=TaskId(run.task_id),
        status=status,
        progress=100 if is_done else task.progress if task else 0,
        error=ErrorView(task.error_code, task.error_message) if task and task.error_code and not is_done else None,
        question_count=run.question_count,
        configuration=dict(run.configuration),
        measures=dict(run.measures),
        change=from_row(run.change),
        started_by=started_by,
        created_at=run.created_at,
        finished_at=run.finished_at,
    )


def result_view(row: QualityResult) -> QualityResultView:
    """Return a result as it is shown."""
    return QualityResultView(
        question_id=QualityQuestionId(row.question_id),
        text=row.text,
        expects=Expects(row.expects),
        expected=Expectation(DocumentId(row.document_id) if row.document_id else None, row.page, tuple(row.words)),
        document_title=row.document_title,
        rank=row.rank,
        is_refused=row.is_refused,
        is_right=row.is_right,
        confidence=row.confidence,
        answer=row.answer,
        found=tuple(FoundPassage(**found) for found in row.found),
    )
