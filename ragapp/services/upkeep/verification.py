"""Rows, bytes and indexes checked against each other, and brought back together in the safe direction only.

Safe means: what is missing is made again from SQL, what nothing needs is removed; a row without bytes stays.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

import structlog

from ragapp.core.errors import IndexUnavailable
from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId, TaskId, TenantId
from ragapp.core.lifecycle import ARCHIVE_TYPE, DocumentStatus, TaskKind, TaskStatus
from ragapp.core.ports import BlobStore, Clock
from ragapp.core.scope import TenantScope
from ragapp.models import Document, VectorCollection
from ragapp.rag.ports import VectorIndex
from ragapp.services.library.blob_guard import BlobGuard
from ragapp.services.library.deletion import DELETE_ATTEMPTS
from ragapp.services.library.document_work import queue_work
from ragapp.services.oversight.audit_chain import check_chain
from ragapp.services.retrieval.vector_indexes import VectorIndexes, ref_of
from ragapp.services.retrieval.vector_values import unpack_vectors
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.holdings import correct_totals, recount
from ragapp.services.upkeep.content_checks import ContentChecks
from ragapp.services.upkeep.findings import Finding, Report
from ragapp.store.collections import CollectionState
from ragapp.store.store import Store, TenantTransaction

_AT_REST = (DocumentStatus.READY, DocumentStatus.FAILED)
_READING = (TaskKind.INGEST, TaskKind.EXPAND, TaskKind.FETCH)
_log = structlog.get_logger(__name__)


class Verification:
    """Checks one tenant at a time.

    Args:
        alone: Keeps other processes from storing bytes for the length of a block, and gives whether none may be at it
            already: then bytes without a row may be removed at first sight. Otherwise an earlier reconciliation of this
            process must have seen them too.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        index: VectorIndex,
        indexes: VectorIndexes,
        guard: BlobGuard,
        clock: Clock,
        signals: WorkSignals,
        alone: Callable[[], AbstractContextManager[bool]],
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._index = index
        self._indexes = indexes
        self._guard = guard
        self._clock = clock
        self._signals = signals
        self._alone = alone
        self._contents = ContentChecks(store, blobs, indexes.fingerprint)
        self._seen_orphans: dict[TenantId, frozenset[str]] = {}

    async def recover(self, scope: TenantScope) -> None:
        """Distrust what a dead process was writing; call at start, before any upload comes in or task runs."""
        await self._indexes.ensure_current(scope, at_start=True)
        found: dict[Finding, list[str]] = {}
        async with self._store.read(scope) as tx:
            blobs = await tx.versions.list_every_blob()
        await self._check_bytes(scope, (), blobs, found)
        await self._repair_bytes(scope, found[Finding.BYTES_ORPHANED])
        async with self._store.begin(scope) as tx:
            await tx.tasks.settle_orphaned()

    async def verify(self, scope: TenantScope, *, deep: bool = False) -> Report:
        """Compare everything; `deep` reads every byte, passage and vector again too. Changes nothing."""
        found: dict[Finding, list[str]] = {}
        async with self._store.read(scope) as tx:
            documents = await tx.documents.list_every()
            await self._check_work(tx, documents, found)
            chunk_count = sum([await self._check_document(tx, row, found) for row in documents])
            bases = [KnowledgeBaseId(row.id) for row in await tx.knowledge_bases.list_all()]
            blobs = await tx.versions.list_every_blob()
            found[Finding.TOTALS_WRONG] = sorted(await recount(tx))
        await self._check_bytes(scope, documents, blobs, found)
        if deep:
            await self._check_contents(scope, documents, found)
            found[Finding.AUDIT_CHAIN_BROKEN] = await self._broken_events(scope)
        try:
            for base in bases:
                await self._check_collection(scope, base, found, deep=deep)
            await self._check_unknown_collections(scope, found)
        except IndexUnavailable:
            found[Finding.INDEX_UNAVAILABLE] = [""]
        findings = {kind: tuple(ids) for kind, ids in found.items() if ids}
        return Report(scope.tenant_id, len(documents), chunk_count, findings)

    async def _broken_events(self, scope: TenantScope) -> list[str]:
        """Return the number of the first audit event that is not what was sealed, if there is one."""
        async with self._store.read(scope) as tx:
            broken_at = (await check_chain(tx.audit)).broken_at
        return [] if broken_at is None else [str(broken_at)]

    async def rebuild(self, scope: TenantScope) -> list[TaskId]:
        """Queue the rebuild of every knowledge base's index from SQL; exact search answers meanwhile."""
        queued: list[TaskId] = []
        async with self._store.begin(scope) as tx:
            for base in [KnowledgeBaseId(row.id) for row in await tx.knowledge_bases.list_all()]:
                if await tx.chunks.count_current([base]):
                    await self._indexes.distrust(tx, base)
                    task = await tx.tasks.find_unfinished(TaskKind.REINDEX, base)
                    queued += [TaskId(task.id)] if task else []
        self._signals.work_added()
        return queued

    async def reconcile(self, scope: TenantScope) -> Report:
        """Verify without comparing vectors, then repair; returns what was found before the repair."""
        report = await self.verify(scope)
        await self._repair_rows(scope, report)
        await self._repair_bytes(scope, report.findings.get(Finding.BYTES_ORPHANED, ()))
        await self._repair_collections(scope, report)
        await self._indexes.ensure_current(scope, at_start=False)
        if not report.is_clean:
            counts = {kind.value: len(ids) for kind, ids in report.findings.items()}
            _log.warning("library.reconciled", tenant_id=scope.tenant_id, **counts)
            self._signals.work_added()
        return report

    async def _check_work(
        self, tx: TenantTransaction, documents: Iterable[Document], found: dict[Finding, list[str]]
    ) -> None:
        tasks = await tx.tasks.list_unfinished()
        subjects = {(task.kind, task.dedupe_key) for task in tasks}
        now = self._clock.now()
        found[Finding.LEASE_EXPIRED] = [
            task.id
            for task in tasks
            if task.status == TaskStatus.RUNNING and (task.lease_until is None or task.lease_until < now)
        ]
        # The run after the last may only give up.
        found[Finding.ATTEMPTS_EXCEEDED] = [task.id for task in tasks if task.attempts > task.max_attempts + 1]
        found[Finding.DELETION_WITHOUT_TASK] = [
            row.id for row in documents if row.deleted_at and (TaskKind.DELETE, row.id) not in subjects
        ]
        found[Finding.WORK_WITHOUT_TASK] = [
            row.id
            for row in documents
            if not row.deleted_at
            and row.status not in _AT_REST
            and subjects.isdisjoint({(kind, row.id) for kind in _READING})
        ]

    async def _check_document(
        self, tx: TenantTransaction, row: Document, found: dict[Finding, list[str]]
    ) -> int:
        document_id = DocumentId(row.id)
        versions = dict(await tx.chunks.list_version_numbers(document_id))
        if any(ordinals != list(range(len(ordinals))) for ordinals in versions.values()):
            found.setdefault(Finding.CHUNKS_NOT_IN_SEQUENCE, []).append(row.id)
        if row.deleted_at or row.version == 0:
            return 0
        count = len(versions.get(row.version, []))
        # An archive's text tells what became of its files: it is shown and never searched.
        if count != row.chunk_count or (count == 0 and row.content_type != ARCHIVE_TYPE):
            found.setdefault(Finding.CHUNK_COUNT_WRONG, []).append(row.id)
        if await tx.chunks.list_without_vector(document_id, row.version, self._indexes.fingerprint):
            found.setdefault(Finding.VECTOR_MISSING, []).append(row.id)
        return count

    async def _check_contents(
        self, scope: TenantScope, documents: Iterable[Document], found: dict[Finding, list[str]]
    ) -> None:
        for row in documents:
            if not row.deleted_at and row.version:
                for kind in await self._contents.check(scope, row):
                    found.setdefault(kind, []).append(row.id)

    async def _check_bytes(
        self,
        scope: TenantScope,
        documents: Iterable[Document],
        blobs: Sequence[tuple[DocumentId, str]],
        found: dict[Finding, list[str]],
    ) -> None:
        stored = set(await self._blobs.list_keys(scope.tenant_id))
        # Bytes of a tombstone may be gone already: its rows go last.
        buried = {row.id for row in documents if row.deleted_at}
        missing = {document_id for document_id, key in blobs if document_id not in buried and key not in stored}
        found[Finding.BYTES_MISSING] = sorted(missing)
        found[Finding.BYTES_ORPHANED] = sorted(stored.difference(key for _, key in blobs))

    async def _check_collection(
        self, scope: TenantScope, base: KnowledgeBaseId, found: dict[Finding, list[str]], *, deep: bool
    ) -> None:
        async with self._store.read(scope) as tx:
            row = await tx.collections.find_serving(base, self._indexes.fingerprint)
            rows = await tx.chunks.list_current_vectors(base, self._indexes.fingerprint)
            busy = {task.dedupe_key for task in await tx.tasks.list_unfinished()}
        if row is None or row.state != CollectionState.ACTIVE:
            return
        expected = [chunk_id for chunk_id, _ in rows]
        present = await self._index.list_ids(ref_of(row))
        found.setdefault(Finding.INDEX_ENTRY_MISSING, []).extend(sorted(set(expected) - present))
        orphans = sorted(present.difference(expected))
        found.setdefault(Finding.INDEX_ENTRY_ORPHANED, []).extend(
            chunk_id for chunk_id in orphans if chunk_id.partition(":")[0] not in busy
        )
        if deep and rows:
            await self._compare_vectors(row, expected, [blob for _, blob in rows], found)

    async def _compare_vectors(
        self, row: VectorCollection, ids: list[ChunkId], blobs: list[bytes], found: dict[Finding, list[str]]
    ) -> None:
        vectors = unpack_vectors(blobs, len(blobs[0]) // 4)
        if not await self._indexes.holds(ref_of(row), ids, vectors):
            found.setdefault(Finding.INDEX_ENTRY_DIFFERS, []).append(row.knowledge_base_id)

    async def _check_unknown_collections(self, scope: TenantScope, found: dict[Finding, list[str]]) -> None:
        held = [ref for ref in await self._index.list_collections() if ref.tenant_id == scope.tenant_id]
        async with self._store.read(scope) as tx:
            known = {ref_of(row) for row in await tx.collections.list_every()}
        found[Finding.COLLECTION_ORPHANED] = [
            f"{ref.knowledge_base_id}:{ref.generation}" for ref in held if ref not in known
        ]

    async def _repair_rows(self, scope: TenantScope, report: Report) -> None:
        async with self._store.begin(scope) as tx:
            if Finding.TOTALS_WRONG in report.findings:
                await correct_totals(tx)
            for document_id in map(DocumentId, report.findings.get(Finding.WORK_WITHOUT_TASK, ())):
                await queue_work(tx, document_id)
            for document_id in map(DocumentId, report.findings.get(Finding.DELETION_WITHOUT_TASK, ())):
                await tx.tasks.ensure(
                    TaskKind.DELETE, subject=document_id, document_id=document_id, max_attempts=DELETE_ATTEMPTS
                )

    async def _repair_bytes(self, scope: TenantScope, found: Iterable[str]) -> None:
        orphans = frozenset(found)
        with self._alone() as is_alone:
            seen_before = orphans if is_alone else self._seen_orphans.get(scope.tenant_id, frozenset())
            self._seen_orphans[scope.tenant_id] = orphans
            await self._remove_bytes(scope, orphans & seen_before)

    async def _remove_bytes(self, scope: TenantScope, keys: Iterable[str]) -> None:
        for key in sorted(keys):
            async with self._guard.holding(scope.tenant_id, key):
                async with self._store.read(scope) as tx:
                    is_used = await tx.versions.count_using_blob(key) > 0
                if not is_used:
                    await self._blobs.delete(scope.tenant_id, key)

    async def _repair_collections(self, scope: TenantScope, report: Report) -> None:
        """Distrust every collection that disagrees; its rebuild leaves nothing behind that SQL does not hold."""
        doubtful = (
            Finding.INDEX_ENTRY_MISSING,
            Finding.INDEX_ENTRY_ORPHANED,
            Finding.INDEX_ENTRY_DIFFERS,
            Finding.VECTOR_MISSING,
        )
        if any(kind in report.findings for kind in doubtful):
            await self._distrust_doubtful(scope)
        if Finding.COLLECTION_ORPHANED in report.findings:
            async with self._store.read(scope) as tx:
                known = {ref_of(row) for row in await tx.collections.list_every()}
            for ref in await self._index.list_collections():
                if ref.tenant_id == scope.tenant_id and ref not in known:
                    await self._index.drop(ref)

    async def _distrust_doubtful(self, scope: TenantScope) -> None:
        async with self._store.read(scope) as tx:
            bases = [KnowledgeBaseId(row.id) for row in await tx.knowledge_bases.list_all()]
        for base in bases:
            await self._distrust_if_doubtful(scope, base)

    async def _distrust_if_doubtful(self, scope: TenantScope, base: KnowledgeBaseId) -> None:
        found: dict[Finding, list[str]] = {}
        # Writers wait, so that nothing comes or goes between reading SQL and asking the index.
        async with self._indexes.lock(scope.tenant_id, base):
            await self._check_collection(scope, base, found, deep=True)
            async with self._store.begin(scope) as tx:
                missing = await tx.chunks.list_current_without_vector(base, self._indexes.fingerprint, limit=1)
                if missing or any(found.values()):
                    await self._indexes.distrust(tx, base)
        self._indexes.forget_pointer(scope, base)
