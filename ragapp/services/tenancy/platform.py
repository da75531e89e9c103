"""The installation as a whole, for its operator: numbers and the task queue, nothing of what tenants hold."""

from collections.abc import Mapping

from ragapp.core.ids import TaskId, TenantId
from ragapp.core.lifecycle import TaskKind, TaskStatus
from ragapp.core.scope import PlatformScope
from ragapp.models import Task
from ragapp.services.tenancy.tenant_views import PlatformView, QueuedTaskView, QueueView
from ragapp.store.store import Store

_SHOWN = (TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.FAILED)
_MOST_SHOWN = 100


class PlatformService:
    """Reads across tenants, counts only."""

    def __init__(self, store: Store, *, versions: Mapping[str, str]) -> None:
        self._store = store
        self._versions = versions

    async def overview(self, scope: PlatformScope) -> PlatformView:
        """Return the installation in numbers."""
        async with self._store.read_platform(scope) as tx:
            counts = await tx.tenants.counts()
        return PlatformView(
            versions={**self._versions, **self._store.database_version},
            tenant_counts=counts.tenants,
            user_count=counts.users,
            document_count=counts.documents,
            storage_bytes=counts.storage_bytes,
            session_count=counts.sessions,
        )

    async def queue(self, scope: PlatformScope) -> QueueView:
        """Return how many tasks there are in each state, and the newest unfinished and failed ones."""
        async with self._store.read_platform(scope) as tx:
            counts = await tx.tenants.count_tasks()
            rows = await tx.tenants.list_tasks(statuses=[each.value for each in _SHOWN], limit=_MOST_SHOWN)
        queued = [task.created_at for task, _ in rows if task.status == TaskStatus.QUEUED]
        return QueueView(counts, min(queued, default=None), tuple(_view(*row) for row in rows))


def _view(task: Task, slug: str) -> QueuedTaskView:
    return QueuedTaskView(
        id=TaskId(task.id),
        tenant_id=TenantId(task.tenant_id),
        tenant_slug=slug,
        kind=TaskKind(task.kind),
        status=TaskStatus(task.status),
        stage=task.stage,
        progress=task.progress,
        attempts=task.attempts,
        error_code=task.error_code,
        created_at=task.created_at,
        run_after=task.run_after,
    )
