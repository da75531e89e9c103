"""What is to be done for a document: which task brings it to ready, and how that is called off."""

from datetime import timedelta

from ragapp.core.ids import DocumentId, TaskId
from ragapp.core.lifecycle import TaskKind, work_on
from ragapp.models import Task
from ragapp.store.store import TenantTransaction

INGEST_ATTEMPTS = 3
_WORK = (TaskKind.INGEST, TaskKind.EXPAND, TaskKind.FETCH)


async def queue_work(tx: TenantTransaction, document_id: DocumentId) -> Task:
    """Queue what brings a document to ready: reading its bytes, or fetching them first if none came yet."""
    latest = await tx.versions.find_latest(document_id)
    kind = TaskKind.FETCH if latest is None else work_on(latest.content_type)
    await tx.tasks.settle_failed(document_id)
    return await tx.tasks.ensure(
        kind, subject=document_id, document_id=document_id, max_attempts=INGEST_ATTEMPTS
    )


async def queue_fetch(
    tx: TenantTransaction, document_id: DocumentId, *, after: timedelta = timedelta(0)
) -> Task:
    """Queue a look at the address a document came from."""
    return await tx.tasks.ensure(
        TaskKind.FETCH, subject=document_id, document_id=document_id, max_attempts=INGEST_ATTEMPTS, after=after
    )


async def cancel_work(tx: TenantTransaction, document_id: DocumentId) -> list[TaskId]:
    """End whatever is queued or under way for a document, and what failed; return the tasks that were unfinished."""
    await tx.tasks.settle_failed(document_id)
    cancelled = []
    for kind in _WORK:
        task = await tx.tasks.find_unfinished(kind, document_id)
        if task is not None and await tx.tasks.cancel(TaskId(task.id)):
            cancelled.append(TaskId(task.id))
    return cancelled
