"""What a tombstone leaves to do: vectors, bytes and rows of a deleted document, in that order."""

import structlog

from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.ports import BlobStore
from ragapp.core.scope import TenantScope
from ragapp.models import Document
from ragapp.services.library.blob_guard import BlobGuard
from ragapp.services.retrieval.vector_indexes import VectorIndexes
from ragapp.services.signals import WorkSignals
from ragapp.store.store import Store, TenantTransaction

DELETE_ATTEMPTS = 10
_log = structlog.get_logger(__name__)


class Deletion:
    """Runs DELETE tasks. Each step may be repeated, so a lost run is simply run again."""

    def __init__(
        self, store: Store, blobs: BlobStore, indexes: VectorIndexes, guard: BlobGuard, signals: WorkSignals
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._indexes = indexes
        self._guard = guard
        self._signals = signals

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Remove a document that has a tombstone.

        Raises:
            LeaseLost: another run owns the task. Unavailable: the storage is down.
        """
        document_id = DocumentId(lease.subject)
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease, stage="removing", progress=10, message="Removing from the index")
            document = await tx.documents.find(document_id)
            ids = await tx.chunks.list_document_ids(document_id)

        if document is not None and document.deleted_at is not None:
            await self._remove(scope, lease, document, ids)
        else:
            async with self._store.begin(scope) as tx:
                await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message="Deleted")
        self._signals.task_changed(lease.task_id)
        _log.info("document.deleted", tenant_id=scope.tenant_id, document_id=document_id, chunk_count=len(ids))

    async def _remove(self, scope: TenantScope, lease: TaskLease, document: Document, ids: list[ChunkId]) -> None:
        async def hold(tx: TenantTransaction) -> None:
            await tx.tasks.hold(lease)

        document_id = DocumentId(document.id)
        await self._indexes.remove(scope, KnowledgeBaseId(document.knowledge_base_id), ids, guard=hold)
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease, progress=60, message="Removing the file")
            keys = {version.blob_key for version in await tx.versions.list_of(document_id)}
        # Held until the rows are gone: of two documents with the same bytes, the last to go takes them away.
        async with self._guard.holding_all(scope.tenant_id, keys):
            await self._remove_bytes(scope, document_id, keys)
            async with self._store.begin(scope) as tx:
                await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message="Deleted")
                await tx.documents.purge(document_id)

    async def _remove_bytes(self, scope: TenantScope, document_id: DocumentId, keys: set[str]) -> None:
        async with self._store.read(scope) as tx:
            shared = {key for key in keys if await tx.versions.count_using_blob(key, other_than=document_id)}
        for key in sorted(keys - shared):
            await self._blobs.delete(scope.tenant_id, key)
