"""Asks the test questions of a run, one after another, and keeps what became of each."""

from collections.abc import Sequence
from dataclasses import asdict

import structlog

from ragapp.core.errors import NotFound, PermissionDenied, RagAppError
from ragapp.core.evidence import Passage
from ragapp.core.ids import DocumentId, KnowledgeBaseId, QualityRunId, TaskId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.quality import Expects
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import QualityQuestion, QualityResult, QualityRun
from ragapp.services.quality.comparison import compare, outcome_of, pair_results, to_row
from ragapp.services.quality.conditions import RunConditions, are_alike
from ragapp.services.quality.expectations import digest_of, judge
from ragapp.services.quality.measuring import Asked, QuestionAsker, measure
from ragapp.services.quality.quality_views import FoundPassage
from ragapp.services.signals import WorkSignals
from ragapp.store.store import Store

_SHOWN_PASSAGES = 5
_PASSAGE_CHARACTERS = 500
_ANSWER_CHARACTERS = 2000
_ASKING = "Asking the test questions"
_log = structlog.get_logger(__name__)


class QualityMeasuring:
    """Runs MEASURE tasks under the rights of whoever began the run. One that was broken off goes on where it was.

    Questions of people go first: a step of a run waits, for a moment, while anybody asks.
    """

    def __init__(
        self, store: Store, asker: QuestionAsker, conditions: RunConditions, signals: WorkSignals
    ) -> None:
        self._store = store
        self._asker = asker
        self._conditions = conditions
        self._signals = signals

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Ask what was not asked yet, then measure and compare with the run before.

        Raises:
            LeaseLost: another run owns the task. Unavailable: something it takes is down; tried again later.
        """
        try:
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            run = await self._open(scope, lease)
            if run is not None:
                await self._ask_all(scope, lease, run)
                await self._finish(scope, lease, run)
        except (NotFound, PermissionDenied) as error:
            await self.give_up(scope, lease, error)
        self._signals.task_changed(lease.task_id)

    async def give_up(self, scope: TenantScope, lease: TaskLease, error: RagAppError) -> None:
        """End the task with a reason.

        Raises:
            LeaseLost: another run owns the task.
        """
        async with self._store.begin(scope) as tx:
            await tx.tasks.finish(lease, TaskStatus.FAILED, error_code=error.code, error_message=error.user_message)
        self._signals.task_changed(lease.task_id)

    async def _open(self, scope: TenantScope, lease: TaskLease) -> QualityRun | None:
        """Return the run of the task with its conditions noted; None, and the task ended, where it was deleted."""
        async with self._store.read(scope) as tx:
            run = await tx.quality_runs.find_of_task(TaskId(lease.task_id))
        if run is None:
            async with self._store.begin(scope) as tx:
                await tx.tasks.finish(lease, TaskStatus.CANCELLED)
            return None
        conditions = await self._conditions.describe(scope, KnowledgeBaseId(run.knowledge_base_id))
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease, stage="asking", message=_ASKING)
            if not are_alike(run.configuration, conditions):
                # Half of the questions under other conditions would say nothing about either.
                await tx.quality_runs.restart(QualityRunId(run.id), conditions)
        return run

    async def _ask_all(self, scope: TenantScope, lease: TaskLease, run: QualityRun) -> None:
        run_id, base_id = QualityRunId(run.id), KnowledgeBaseId(run.knowledge_base_id)
        async with self._store.read(scope) as tx:
            held = await tx.quality_questions.list_of(base_id)
            done = {result.question_id for result in await tx.quality_runs.list_results(run_id)}
            titles = await tx.documents.titles_of({DocumentId(row.document_id) for row in held if row.document_id})
        questions = [row for row in held if row.expects != Expects.OPEN]
        for number, question in enumerate(questions, start=1):
            if question.id in done:
                continue
            asked = await self._asker.ask(scope, question.text, knowledge_base_ids=(base_id,))
            result = _result(run, number, question, asked, titles.get(question.document_id, ""))
            async with self._store.begin(scope) as tx:
                await tx.tasks.hold(lease, progress=99 * number // len(questions))
                await tx.quality_runs.add_result(result)
                summary = asked.done.summary
                await tx.usage.add(scope.user_id, tokens_in=summary.tokens_in, tokens_out=summary.tokens_out)
            self._signals.task_changed(lease.task_id)

    async def _finish(self, scope: TenantScope, lease: TaskLease, run: QualityRun) -> None:
        async with self._store.begin(scope) as tx:
            results = await tx.quality_runs.list_results(QualityRunId(run.id))
            before = await tx.quality_runs.find_finished_before(run)
            change = {}
            if before is not None and results:
                earlier = await tx.quality_runs.list_results(QualityRunId(before.id))
                pairs = pair_results(earlier, results)
                change = to_row(compare(QualityRunId(before.id), pairs)) if pairs else {}
            await tx.quality_runs.finish(
                run, question_count=len(results), measures=_measures(results), change=change
            )
            await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message=f"{len(results)} questions asked")
        verdict = change.get("verdict", "")
        _log.info("quality.measured", tenant_id=scope.tenant_id, run_id=run.id, verdict=verdict)


def _measures(results: Sequence[QualityResult]) -> dict[str, float]:
    if not results:
        return {}
    answerable = sum(result.expects == Expects.ANSWER for result in results)
    right = sum(result.is_right for result in results)
    return {
        **measure([outcome_of(result) for result in results]),
        "answerable": float(answerable),
        "right": round(right / len(results), 4),
    }


def _result(run: QualityRun, position: int, question: QualityQuestion, asked: Asked, title: str) -> QualityResult:
    outcome = judge(question, asked)
    return QualityResult(
        tenant_id=run.tenant_id,
        run_id=run.id,
        question_id=question.id,
        position=position,
        text=question.text,
        digest=digest_of(question),
        expects=question.expects,
        document_id=question.document_id,
        document_title=title,
        page=question.page,
        words=list(question.words),
        rank=outcome.rank,
        is_refused=outcome.is_refused,
        is_shown=outcome.is_shown,
        is_right=outcome.is_right,
        confidence=outcome.confidence,
        answer=asked.done.text[:_ANSWER_CHARACTERS],
        found=[asdict(_found(passage)) for passage in asked.passages[:_SHOWN_PASSAGES]],
        search_ms=outcome.search_ms,
        answer_ms=outcome.answer_ms,
    )


def _found(passage: Passage) -> FoundPassage:
    return FoundPassage(
        document_id=passage.document_id,
        document_title=passage.document_title,
        page=passage.page,
        text=passage.text[:_PASSAGE_CHARACTERS],
        start=passage.start,
        end=passage.end,
    )
