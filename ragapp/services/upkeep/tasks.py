"""Durable work as its tenant sees it: look, follow, cancel."""

from collections.abc import AsyncIterator

from ragapp.core.errors import Cancelled, InvalidTransition
from ragapp.core.ids import DocumentId, TaskId
from ragapp.core.lifecycle import UNFINISHED_TASKS, DocumentStatus, TaskKind, TaskStatus
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Task
from ragapp.services.signals import WorkSignals, wait_at_most
from ragapp.services.views import ErrorView, TaskView
from ragapp.store.store import Store, TenantTransaction

_LOOK_AGAIN_S = 1.0
_MAY_BE_CANCELLED = frozenset({TaskKind.INGEST, TaskKind.EXPAND, TaskKind.FETCH, TaskKind.SYNC, TaskKind.MEASURE})


class TaskService:
    """Reads and cancels tasks."""

    def __init__(self, store: Store, signals: WorkSignals) -> None:
        self._store = store
        self._signals = signals

    async def get(self, scope: TenantScope, task_id: TaskId) -> TaskView:
        """Return one task.

        Raises:
            NotFound: absent, or another tenant's.
        """
        async with self._store.read(scope) as tx:
            task = await tx.tasks.get(task_id)
        require(scope, Permission.READ_DOCUMENTS)
        return task_view(task)

    async def latest_for_document(self, scope: TenantScope, document_id: DocumentId) -> TaskView | None:
        """Return the task that was added last for a document.

        Raises:
            NotFound: no such document in this tenant.
        """
        async with self._store.read(scope) as tx:
            await tx.documents.get(document_id)
            require(scope, Permission.READ_DOCUMENTS)
            task = await tx.tasks.find_latest_of_document(document_id)
        return task_view(task) if task else None

    async def cancel(self, scope: TenantScope, task_id: TaskId) -> TaskView:
        """End a task at once; a finished one stays as it is. Its document is left failed, ready to be retried.

        Raises:
            NotFound: absent, or another tenant's.
            InvalidTransition: deletion cannot be taken back, nor upkeep be stopped.
        """
        async with self._store.begin(scope) as tx:
            task = await tx.tasks.get(task_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            if TaskStatus(task.status) in UNFINISHED_TASKS:
                if task.kind not in _MAY_BE_CANCELLED:
                    raise InvalidTransition(details={"kind": task.kind})
                await _cancel(tx, task)
        self._signals.task_changed(task_id)
        return await self.get(scope, task_id)

    async def follow(self, scope: TenantScope, task_id: TaskId) -> AsyncIterator[TaskView]:
        """Yield the task now and after every change, until it is finished.

        Raises:
            NotFound: absent, or another tenant's.
        """
        seen: TaskView | None = None
        with self._signals.watching(task_id) as changed:
            while seen is None or seen.status in UNFINISHED_TASKS:
                view = await self.get(scope, task_id)
                if view != seen:
                    yield view
                seen = view
                if view.status in UNFINISHED_TASKS:
                    await wait_at_most(changed, _LOOK_AGAIN_S)


async def _cancel(tx: TenantTransaction, task: Task) -> None:
    await tx.tasks.cancel(TaskId(task.id))
    document = await tx.documents.find(DocumentId(task.document_id)) if task.document_id else None
    # A look at the address of a document that is ready changes nothing about it.
    if document is not None and task.document_id is not None and document.status != DocumentStatus.READY:
        await tx.documents.change(
            DocumentId(task.document_id),
            status=DocumentStatus.FAILED,
            stage=DocumentStatus.FAILED,
            error_code=Cancelled.code,
            error_message=Cancelled.default_message,
        )


def task_view(task: Task) -> TaskView:
    """Return a task as its tenant sees it."""
    return TaskView(
        id=TaskId(task.id),
        kind=TaskKind(task.kind),
        status=TaskStatus(task.status),
        stage=task.stage,
        progress=task.progress,
        message=task.message,
        error=ErrorView(task.error_code, task.error_message) if task.error_code else None,
        attempts=task.attempts,
        created_at=task.created_at,
        finished_at=task.finished_at,
        document_id=DocumentId(task.document_id) if task.document_id else None,
    )
