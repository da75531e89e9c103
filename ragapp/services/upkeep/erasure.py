"""Erasing a tenant: a durable task that leaves no row, file, vector or cached text, and a certificate that says so."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace

import structlog

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput
from ragapp.core.ids import TenantId, new_id
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import TaskKind, TaskStatus
from ragapp.core.ports import BlobStore, Clock
from ragapp.core.scope import Origin, PlatformScope, TenantScope, require_recent
from ragapp.models import AuditEvent, Task
from ragapp.rag.ports import VectorIndex
from ragapp.services.library.blob_guard import BlobGuard
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.tenant_views import ErasureView, TenantStatus, TenantSummary
from ragapp.services.tenancy.tenants import Halt, summary_of
from ragapp.store.store import Store

ERASE_ATTEMPTS = 1000
"""As good as without end: nobody else could finish it."""
_ROWS_AT_ONCE = 500
_MOST_CERTIFICATES = 200
_log = structlog.get_logger(__name__)

ScopeForErasure = Callable[[TenantId], Awaitable[TenantScope]]
Forget = Callable[[TenantId], None]
"""Drops what this process remembers of a tenant."""


class ErasureService:
    """What the operator calls: the request, and the certificates."""

    def __init__(self, store: Store, clock: Clock, signals: WorkSignals, *, halt: Halt) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._halt = halt

    async def erase(self, scope: PlatformScope, tenant_id: TenantId, *, confirmed_slug: str) -> TenantSummary:
        """Close a tenant for good and queue its erasure. This cannot be taken back.

        Raises:
            NotFound: there is none. InvalidInput: `confirmed_slug` is not its short name.
            ReauthenticationRequired: the password is due again.
        """
        require_recent(scope, self._clock.now())
        async with self._store.begin_platform(scope) as tx:
            tenant, _ = await tx.tenants.get(tenant_id, for_change=True)
            if confirmed_slug.strip() != tenant.slug:
                problem = "Type the short name of the organisation to confirm."
                raise InvalidInput(problem, details={"field": "confirm"})
            withdrawn = await tx.tenants.withdraw_tasks(tenant_id)
            if tenant.status != TenantStatus.ERASING:
                await tx.tenants.change(tenant_id, status=TenantStatus.ERASING.value, suspension_reason=None)
                await tx.tenants.end_sessions(tenant_id)
                await tx.tenants.cancel_tasks(tenant_id)
                await tx.tenants.add_task(self._task(scope, tenant_id))
                await tx.audit().record(
                    AuditAction.TENANT_CHANGED, AuditTarget("tenant", tenant_id), {"changed": "erasing"}
                )
            summary = summary_of(*await tx.tenants.get(tenant_id))
        for task_id in withdrawn:
            self._signals.task_withdrawn(task_id)
        await self._halt(scope, tenant_id)
        self._signals.work_added()
        return summary

    async def list_certificates(self, scope: PlatformScope) -> tuple[ErasureView, ...]:
        """Return what was erased, newest first."""
        async with self._store.read_platform(scope) as tx:
            events = await tx.audit().list_events(
                limit=_MOST_CERTIFICATES, actions=[AuditAction.TENANT_ERASED.value]
            )
        return tuple(_certificate(event) for event in events)

    def _task(self, scope: PlatformScope, tenant_id: TenantId) -> Task:
        now = self._clock.now()
        return Task(
            tenant_id=tenant_id,
            id=new_id(),
            kind=TaskKind.ERASE,
            dedupe_key=tenant_id,
            actor_id=scope.user_id or "",
            status=TaskStatus.QUEUED,
            stage=TaskStatus.QUEUED,
            max_attempts=ERASE_ATTEMPTS,
            run_after=now,
            created_at=now,
        )


class Erasure:
    """Runs ERASE tasks. Each step may be repeated; the task row goes with the tenant, so a lost run is run again.

    Order: vectors, files, content rows, files once more, and in one transaction the rest with the certificate.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        index: VectorIndex,
        guard: BlobGuard,
        scope_for_erasure: ScopeForErasure,
        forget: Forget,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._index = index
        self._guard = guard
        self._scope_for_erasure = scope_for_erasure
        self._forget = forget

    async def run(self, lease: TaskLease) -> None:
        """Erase a tenant.

        Raises:
            LeaseLost: another run owns the task. Unavailable: index or storage is down.
        """
        scope = await self._scope_for_erasure(lease.tenant_id)
        async with self._store.read(scope) as tx:
            tally = _Tally.of((await tx.tenant.get()).suspension_reason or "")
        refs = [ref for ref in await self._index.list_collections() if ref.tenant_id == lease.tenant_id]
        keys = await self._blobs.list_keys(lease.tenant_id)
        # Counted before they go: after a crash in between, the certificate says rather too many than too few.
        tally = replace(tally, files=tally.files + len(keys), collections=tally.collections + len(refs))
        await self._note(scope, lease, tally)
        for ref in refs:
            await self._index.drop(ref)
        await self._remove_files(lease.tenant_id)
        tally = await self._delete_content(scope, lease, tally)
        self._forget(lease.tenant_id)
        await self._remove_files(lease.tenant_id)
        await self._finish(lease, tally)
        if not await self._store.scrub():
            _log.warning("journal.not_emptied", tenant_id=lease.tenant_id)

    async def _remove_files(self, tenant_id: TenantId) -> None:
        # An upload that came in before the suspension may still be recording: it ends first.
        async with self._guard.holding_all(tenant_id, await self._blobs.list_keys(tenant_id)):
            await self._blobs.remove_all(tenant_id)

    async def _delete_content(self, scope: TenantScope, lease: TaskLease, tally: "_Tally") -> "_Tally":
        while True:
            async with self._store.begin(scope) as tx:
                deleted = await tx.erasure.delete_some(_ROWS_AT_ONCE)
                tally = replace(tally, rows=tally.rows + deleted)
                await tx.tasks.hold(lease, stage="erasing", progress=50)
                await tx.tenant.change(suspension_reason=tally.text)
            if not deleted:
                return tally

    async def _finish(self, lease: TaskLease, tally: "_Tally") -> None:
        async with self._store.begin_platform(PlatformScope(Origin.TASK, lease.actor_id or None)) as tx:
            tenant, _ = await tx.tenants.get(lease.tenant_id, for_change=True)
            people = await tx.erasure.list_people_only_here(lease.tenant_id)
            rows = tally.rows + await tx.erasure.delete_tenant(lease.tenant_id)
            accounts = sum([await tx.erasure.delete_person(user_id) for user_id in people])
            counts = {"rows": rows, "files": tally.files, "collections": tally.collections, "accounts": accounts}
            target = AuditTarget("tenant", lease.tenant_id)
            await tx.audit().record(AuditAction.TENANT_ERASED, target, {"slug": tenant.slug, **counts})
        _log.info("tenant.erased", tenant_id=lease.tenant_id, **counts)

    async def _note(self, scope: TenantScope, lease: TaskLease, tally: "_Tally") -> None:
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease, stage="erasing", progress=10)
            await tx.tenant.change(suspension_reason=tally.text)


@dataclass(frozen=True, slots=True)
class _Tally:
    """What is gone so far; kept where the reason of a suspension stands, so it outlives the process."""

    rows: int = 0
    files: int = 0
    collections: int = 0

    @property
    def text(self) -> str:
        return f"{self.rows} rows, {self.files} files, {self.collections} collections"

    @classmethod
    def of(cls, text: str) -> "_Tally":
        numbers = [int(number) for number in re.findall(r"\d+", text)]
        return cls(*numbers) if len(numbers) == len(fields(cls)) else cls()


def _certificate(event: AuditEvent) -> ErasureView:
    return ErasureView(
        tenant_id=TenantId(event.target_id),
        slug=str(event.details["slug"]),
        erased_at=event.at,
        row_count=int(event.details["rows"]),
        file_count=int(event.details["files"]),
        collection_count=int(event.details["collections"]),
        account_count=int(event.details["accounts"]),
    )
