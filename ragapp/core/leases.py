"""The right to work on one task until further notice."""

from dataclasses import dataclass

from ragapp.core.ids import DocumentId, TaskId, TenantId, UserId
from ragapp.core.lifecycle import TaskKind


@dataclass(frozen=True, slots=True)
class TaskLease:
    """One claimed run of a task. Every effect of the run commits only while the task's fence still equals `fence`.

    `attempt` counts from 1; `exhausted` says that earlier attempts used up all tries, so this run may only give up.
    """

    task_id: TaskId
    kind: TaskKind
    tenant_id: TenantId
    actor_id: UserId
    document_id: DocumentId | None
    subject: str
    fence: int
    attempt: int
    exhausted: bool
