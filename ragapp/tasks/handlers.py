"""Which service call a task kind is."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from ragapp.core.errors import Defect, IngestionFailed, InvariantBroken, NotAuthenticated, PermissionDenied, RagAppError
from ragapp.core.ids import TenantId, UserId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import TaskKind
from ragapp.core.scope import TenantScope
from ragapp.services.library.deletion import Deletion
from ragapp.services.library.expansion import Expansion
from ragapp.services.library.fetching import Fetching
from ragapp.services.library.ingestion import IngestionService
from ragapp.services.library.source_sync import SourceSync
from ragapp.services.quality.run_worker import QualityMeasuring
from ragapp.services.retrieval.reindexing import Reindexing
from ragapp.services.upkeep.erasure import Erasure
from ragapp.services.upkeep.proving import Proving

ScopeForTask = Callable[[TenantId, UserId], Awaitable[TenantScope]]
ScopeForMaintenance = Callable[[TenantId], Awaitable[TenantScope]]

_GAVE_UP = "Processing this file stopped unexpectedly several times. Try again; if it stops again, report the file."


class _Worker(Protocol):
    """Work under its actor's rights: done, or ended with a reason."""

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Do it."""

    async def give_up(self, scope: TenantScope, lease: TaskLease, error: RagAppError) -> None:
        """End it."""


class TaskHandlers:
    """Runs a leased task under the rights its actor has now; deletion and upkeep were authorised when queued."""

    def __init__(
        self,
        ingestion: IngestionService,
        expansion: Expansion,
        deletion: Deletion,
        reindexing: Reindexing,
        fetching: Fetching,
        source_sync: SourceSync,
        erasure: Erasure,
        proving: Proving,
        measuring: QualityMeasuring,
        scope_for_task: ScopeForTask,
        scope_for_maintenance: ScopeForMaintenance,
    ) -> None:
        self._ingestion = ingestion
        self._expansion = expansion
        self._deletion = deletion
        self._reindexing = reindexing
        self._fetching = fetching
        self._source_sync = source_sync
        self._erasure = erasure
        self._proving = proving
        self._measuring = measuring
        self._scope_for_task = scope_for_task
        self._scope_for_maintenance = scope_for_maintenance

    async def run(self, lease: TaskLease) -> None:
        """Do the work of one task.

        Raises:
            LeaseLost: another run owns the task. Unavailable: something it needs is down.
            NotAuthenticated: nobody may act for this tenant. InvariantBroken: all attempts are used up.
        """
        if lease.kind is TaskKind.ERASE:
            await self._erasure.run(lease)
            return
        if lease.kind not in (TaskKind.DELETE, TaskKind.REINDEX, TaskKind.VERIFY):
            await self._run_for_actor(lease)
            return
        if lease.exhausted:
            raise InvariantBroken(details={"task_id": lease.task_id})
        scope = await self._scope_for_maintenance(lease.tenant_id)
        if lease.kind is TaskKind.DELETE:
            await self._deletion.run(scope, lease)
        elif lease.kind is TaskKind.VERIFY:
            await self._proving.run(scope, lease)
        else:
            await self._reindexing.run(scope, lease)

    async def _run_for_actor(self, lease: TaskLease) -> None:
        workers: dict[TaskKind, _Worker] = {
            TaskKind.FETCH: self._fetching,
            TaskKind.SYNC: self._source_sync,
            TaskKind.MEASURE: self._measuring,
        }
        worker = workers.get(lease.kind, self._ingestion)
        try:
            scope = await self._scope_for_task(lease.tenant_id, lease.actor_id)
        except NotAuthenticated:
            scope = await self._scope_for_maintenance(lease.tenant_id)
            await worker.give_up(scope, lease, PermissionDenied())
            return
        if lease.exhausted:
            is_about_file = lease.kind is not TaskKind.MEASURE
            await worker.give_up(scope, lease, IngestionFailed(_GAVE_UP) if is_about_file else Defect())
        elif lease.kind is TaskKind.EXPAND:
            await self._expand(scope, lease)
        else:
            await worker.run(scope, lease)

    async def _expand(self, scope: TenantScope, lease: TaskLease) -> None:
        try:
            await self._expansion.run(scope, lease)
        except (IngestionFailed, PermissionDenied) as error:
            await self._ingestion.give_up(scope, lease, error)
