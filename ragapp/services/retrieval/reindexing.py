"""A knowledge base's collection built anew from SQL, next to the one in use, and swapped in once verified."""

from contextlib import aclosing

from ragapp.core.errors import IndexUnavailable
from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import TenantScope
from ragapp.models import VectorCollection
from ragapp.rag.ports import VectorIndex, Vectors
from ragapp.rag.types import CollectionRef
from ragapp.services.retrieval.embedder_rollover import EmbedderRollover
from ragapp.services.retrieval.passage_vectors import PassageVectors
from ragapp.services.retrieval.vector_indexes import VectorIndexes, ref_of
from ragapp.services.retrieval.vector_values import unpack_vectors
from ragapp.services.retrieval.vector_words import words_of_vectors
from ragapp.services.signals import WorkSignals
from ragapp.store.collections import CollectionState
from ragapp.store.store import Store

_EMBED_AT_ONCE = 256
_ADD_AT_ONCE = 1000
_EMBEDDED_PERCENT = 80
_INDEXED_PERCENT = 90
_EMBEDDING = "Embedding passages again"


class Reindexing:
    """Runs REINDEX tasks. Safe to repeat from any point: what a lost run left is dropped first.

    Args:
        store: Where the truth is.
        index: The disposable index.
        passages: Makes vectors with the embedder in use.
        indexes: Told which generation serves.
        signals: Told of progress.
        rollover: Told when the embedder in use has seen a knowledge base whole.
    """

    def __init__(
        self,
        store: Store,
        index: VectorIndex,
        passages: PassageVectors,
        indexes: VectorIndexes,
        signals: WorkSignals,
        rollover: EmbedderRollover | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._passages = passages
        self._indexes = indexes
        self._signals = signals
        self._rollover = rollover

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Embed what the embedder in use has not seen, build a generation, verify every id, point readers at it.

        Raises:
            LeaseLost: another run owns the task. Unavailable: embedder or index is down.
        """
        base = KnowledgeBaseId(lease.subject)
        if not await self._exists(scope, base):
            await self._finish(scope, lease, "The knowledge base is gone")
            return
        await self._embed_missing(scope, lease, base)
        if await self._is_small(scope, lease, base):
            await self._drop_retired(scope, base)
            await self._finish(scope, lease, "Searched without an index")
            return
        row = await self._begin_generation(scope, lease, base)
        ids, vectors = await self._read_current(scope, base)
        await self._add(scope, lease, ref_of(row), ids, vectors)
        async with self._indexes.lock(scope.tenant_id, base):
            await self._catch_up(scope, base, ref_of(row))
            async with self._store.begin(scope) as tx:
                await tx.tasks.hold(lease, stage="verified", progress=95)
                await tx.collections.activate(row)
            self._indexes.forget_pointer(scope, base)
        await self._drop_retired(scope, base)
        await self._finish(scope, lease, "Index rebuilt")

    async def _is_small(self, scope: TenantScope, lease: TaskLease, base: KnowledgeBaseId) -> bool:
        """Return whether exact search is enough; then no collection is left in use."""
        if not self._indexes.is_selective:
            return False
        async with self._indexes.lock(scope.tenant_id, base):
            async with self._store.begin(scope) as tx:
                if await self._indexes.needs_collection(tx, base):
                    return False
                await tx.tasks.hold(lease, stage="verified", progress=95)
                await tx.collections.retire_all(base)
            self._indexes.forget_pointer(scope, base)
        return True

    async def _exists(self, scope: TenantScope, base: KnowledgeBaseId) -> bool:
        async with self._store.read(scope) as tx:
            return await tx.knowledge_bases.find_revision(base) is not None

    async def _finish(self, scope: TenantScope, lease: TaskLease, message: str) -> None:
        base = KnowledgeBaseId(lease.subject)
        async with self._store.begin(scope) as tx:
            # What is remembered of the vectors, in whichever process, is read again.
            await tx.knowledge_bases.bump_revision(base)
            await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message=message)
        if self._rollover is not None:
            self._rollover.settle(scope, base)
        self._signals.task_changed(lease.task_id)

    async def _embed_missing(self, scope: TenantScope, lease: TaskLease, base: KnowledgeBaseId) -> None:
        fingerprint = self._passages.fingerprint
        while True:
            async with self._store.read(scope) as tx:
                chunks = await tx.chunks.list_current_without_vector(base, fingerprint, limit=_EMBED_AT_ONCE)
                titles = await tx.documents.titles_of({DocumentId(chunk.document_id) for chunk in chunks})
                total = await tx.chunks.count_current([base])
                done = (await tx.chunks.count_current_vectors(base)).get(fingerprint, 0)
            if not chunks:
                return
            async with aclosing(self._passages.embed_in_batches(scope, words_of_vectors(chunks, titles))) as batches:
                async for batch in batches:
                    done += len(batch)
                    async with self._store.begin(scope) as tx:
                        share = _EMBEDDED_PERCENT * done // max(done, total)
                        await tx.tasks.hold(lease, stage="embedding", progress=share, message=_EMBEDDING)
                        await tx.chunks.add_vectors(fingerprint, batch)
                    self._signals.task_changed(lease.task_id)

    async def _begin_generation(self, scope: TenantScope, lease: TaskLease, base: KnowledgeBaseId) -> VectorCollection:
        async with self._store.read(scope) as tx:
            left_over = [row for row in await tx.collections.list_of(base) if row.state == CollectionState.BUILDING]
        for row in left_over:
            await self._index.drop(ref_of(row))
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease, stage="indexing", message="Building the index")
            for row in left_over:
                await tx.collections.remove(row)
            return await tx.collections.add_generation(base, self._passages.fingerprint, CollectionState.BUILDING)

    async def _read_current(self, scope: TenantScope, base: KnowledgeBaseId) -> tuple[list[ChunkId], Vectors]:
        async with self._store.read(scope) as tx:
            rows = await tx.chunks.list_current_vectors(base, self._passages.fingerprint)
        return [chunk_id for chunk_id, _ in rows], unpack_vectors([blob for _, blob in rows], self._passages.dimension)

    async def _add(
        self, scope: TenantScope, lease: TaskLease, ref: CollectionRef, ids: list[ChunkId], vectors: Vectors
    ) -> None:
        for start in range(0, len(ids), _ADD_AT_ONCE):
            batch = slice(start, start + _ADD_AT_ONCE)
            await self._index.add(ref, ids[batch], vectors[batch])
            async with self._store.begin(scope) as tx:
                share = (_INDEXED_PERCENT - _EMBEDDED_PERCENT) * min(start + _ADD_AT_ONCE, len(ids)) // len(ids)
                await tx.tasks.hold(lease, progress=_EMBEDDED_PERCENT + share)
            self._signals.task_changed(lease.task_id)

    async def _catch_up(self, scope: TenantScope, base: KnowledgeBaseId, ref: CollectionRef) -> None:
        """Apply what changed meanwhile and compare every id; writers of this process wait.

        Raises:
            IndexUnavailable: the index does not hold what it was given.
        """
        ids, vectors = await self._read_current(scope, base)
        present = await self._index.list_ids(ref)
        missing = [position for position, chunk_id in enumerate(ids) if chunk_id not in present]
        if missing:
            await self._index.add(ref, [ids[position] for position in missing], vectors[missing])
        await self._index.remove(ref, sorted(present.difference(ids)))
        is_same = await self._index.list_ids(ref) == set(ids)
        if not is_same or not await self._indexes.holds(ref, ids, vectors):
            raise IndexUnavailable("The search index did not keep what it was given.")

    async def _drop_retired(self, scope: TenantScope, base: KnowledgeBaseId) -> None:
        async with self._store.read(scope) as tx:
            retired = [row for row in await tx.collections.list_of(base) if row.state == CollectionState.RETIRED]
        for row in retired:
            await self._index.drop(ref_of(row))
            async with self._store.begin(scope) as tx:
                await tx.collections.remove(row)
