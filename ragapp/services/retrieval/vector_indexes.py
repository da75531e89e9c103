"""Vector collections kept true to SQL: written behind a dirty mark, verified, distrusted and rebuilt when in doubt."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from ragapp.core.errors import IndexUnavailable
from ragapp.core.ids import ChunkId, KnowledgeBaseId, TenantId
from ragapp.core.lifecycle import TaskKind
from ragapp.core.scope import TenantScope
from ragapp.models import VectorCollection
from ragapp.rag.centring import centred_similarity, describe_language
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.ports import VectorIndex, Vectors
from ragapp.rag.types import CollectionRef, Hit
from ragapp.services.retrieval.exact_search import ExactSearch
from ragapp.services.retrieval.vector_values import holds_exactly
from ragapp.services.signals import WorkSignals
from ragapp.store.collections import CollectionState
from ragapp.store.store import Store, TenantTransaction

Effect = Callable[[TenantTransaction], Awaitable[None]]
_Key = tuple[TenantId, KnowledgeBaseId]
_PointerKey = tuple[TenantId, KnowledgeBaseId, str]

REINDEX_ATTEMPTS = 5
_WRITE_TRIES = 3
_VERIFY_AT_ONCE = 500
_POINTER_LIFE_S = 1.0
_MEAN_SAMPLE = 400
_MEAN_LIFE_S = 600.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a knowledge base holds, as the caller has just read it."""

    revision: int
    passage_count: int


class VectorIndexes:
    """Every knowledge base's vector collection: those that outgrew exact search have one, the others need none.

    Args:
        store: Where the truth is.
        index: The disposable index.
        fingerprint: The embedder in use; collections of others are never asked.
        signals: Told when a rebuild is queued.
        exact_up_to: Knowledge bases of at most so many passages are compared exactly. The first passage above has a
            collection built; one that has shrunk to half loses it again.
        exact_cache_bytes: Memory for exact search, which answers while a collection is absent, in doubt or down.
        retry_delay_s: Pause before a failed write to the index is tried again; doubled each time.
    """

    def __init__(
        self,
        store: Store,
        index: VectorIndex,
        fingerprint: str,
        signals: WorkSignals,
        *,
        exact_up_to: int = 0,
        exact_cache_bytes: int = 128 * 1024 * 1024,
        retry_delay_s: float = 0.2,
    ) -> None:
        self._store = store
        self._index = index
        self._fingerprint = fingerprint
        self._signals = signals
        self._exact = ExactSearch(store, max_bytes=exact_cache_bytes)
        self._exact_up_to = exact_up_to
        self._retry_delay_s = retry_delay_s
        self._locks: dict[_Key, asyncio.Lock] = {}
        self._pointers: dict[_PointerKey, tuple[float, CollectionRef | None]] = {}
        self._degraded: set[_Key] = set()
        self._means: dict[tuple[CollectionRef, str], tuple[float, Vectors]] = {}

    @property
    def fingerprint(self) -> str:
        """Return the embedder's fingerprint."""
        return self._fingerprint

    @property
    def is_selective(self) -> bool:
        """Return whether small knowledge bases do without a collection."""
        return self._exact_up_to > 0

    @property
    def degraded_count(self) -> int:
        """Return how many knowledge bases were last answered by exact search although they have an index."""
        return len(self._degraded)

    def lock(self, tenant_id: TenantId, knowledge_base_id: KnowledgeBaseId) -> asyncio.Lock:
        """Return the lock that writers of one knowledge base's collection hold."""
        return self._locks.setdefault((tenant_id, knowledge_base_id), asyncio.Lock())

    async def query(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        vector: Vectors,
        *,
        limit: int,
        contents: Contents | None = None,
        fingerprint: str | None = None,
    ) -> list[Hit]:
        """Return up to `limit` nearest ids by cosine similarity, best first.

        `fingerprint` names the embedder that made `vector`, where it is not the one in use.
        Ids may be of chunks that are no longer current: the caller reads text from SQL and drops those. While the
        collection is absent, in doubt or down, the answer comes from exact search over SQL; so it does where `contents`
        say that the knowledge base is small, since that is faster there and misses nothing.
        """
        fingerprint = fingerprint or self._fingerprint
        revision = contents.revision if contents else None
        if contents is not None and contents.passage_count <= self._exact_up_to:
            return await self._exact.query(
                scope, knowledge_base_id, fingerprint, vector, limit=limit, revision=revision
            )
        key = (scope.tenant_id, knowledge_base_id)
        ref = await self._find_trusted(scope, knowledge_base_id, fingerprint)
        if ref is not None:
            try:
                hits = await self._index.query(ref, vector, limit=limit)
                self._degraded.discard(key)
                return hits
            except IndexUnavailable:
                if key not in self._degraded:
                    _log.warning("index.unavailable", tenant_id=scope.tenant_id, knowledge_base_id=knowledge_base_id)
                self._degraded.add(key)
        return await self._exact.query(scope, knowledge_base_id, fingerprint, vector, limit=limit, revision=revision)

    async def query_across(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        question: Vectors,
        *,
        language: str,
        lexical: LexicalIndex,
        limit: int,
        contents: Contents,
    ) -> list[Hit]:
        """Return up to `limit` nearest ids in a language other than the question's, best first.

        Args:
            scope: The tenant.
            knowledge_base_id: Where to search.
            question: The question's vector less the mean of questions in its language, shape (dimension,), float32.
            language: Of the passages to return.
            lexical: Tells which passage is in which language.
            limit: Most hits to return.
            contents: What the knowledge base holds now.
        """
        ref = None
        if contents.passage_count > self._exact_up_to:
            ref = await self._find_trusted(scope, knowledge_base_id, self._fingerprint)
        if ref is not None:
            try:
                return await self._query_collection_across(ref, question, language, lexical, limit)
            except IndexUnavailable:
                self._degraded.add((scope.tenant_id, knowledge_base_id))
        return await self._exact.query_across(
            scope,
            knowledge_base_id,
            self._fingerprint,
            question,
            language=language,
            lexical=lexical,
            limit=limit,
            revision=contents.revision,
        )

    async def _query_collection_across(
        self, ref: CollectionRef, question: Vectors, language: str, lexical: LexicalIndex, limit: int
    ) -> list[Hit]:
        """Ask the collection near where a question of that language would stand; compare what it gives exactly."""
        mean = await self._mean(ref, language, lexical)
        if mean is None:
            return []
        shifted = question + mean
        hits = await self._index.query(ref, shifted / np.linalg.norm(shifted), limit=limit)
        ids = [hit.chunk_id for hit in hits if lexical.language_of(hit.chunk_id) == language]
        found = await self._index.fetch(ref, ids)
        if not found:
            return []
        vectors = np.stack(list(found.values()))
        rows = describe_language(vectors, np.arange(len(vectors)), mean)
        scores = centred_similarity(vectors @ question, question, rows).tolist()
        return sorted(map(Hit, found, scores), key=lambda hit: -hit.score)

    async def _mean(self, ref: CollectionRef, language: str, lexical: LexicalIndex) -> Vectors | None:
        """Return the mean of a language's passages in a collection, by a sample that is drawn anew now and then."""
        known = self._means.get((ref, language))
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        found = await self._index.fetch(ref, lexical.sample_of(language, _MEAN_SAMPLE))
        if not found:
            return None
        mean: Vectors = np.stack(list(found.values())).mean(axis=0)
        self._means[(ref, language)] = (time.monotonic() + _MEAN_LIFE_S, mean)
        return mean

    async def insert(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        ids: Sequence[ChunkId],
        vectors: Vectors,
        *,
        guard: Effect,
        commit: Effect,
    ) -> None:
        """Add vectors that SQL holds already.

        Args:
            scope: The tenant.
            knowledge_base_id: The collection.
            ids: N chunk ids, never present with other vectors.
            vectors: Shape (N, dimension), float32.
            guard: Runs in the transaction that sets the dirty mark; raises if the work was lost.
            commit: Runs in the transaction that clears it: what becomes true with the vectors in place.

        An index that cannot be written, or does not hold what it was given, is distrusted and queued for a rebuild:
        `commit` runs all the same, since exact search answers meanwhile.
        """

        async def add(ref: CollectionRef) -> bool:
            await self._index.add(ref, ids, vectors)
            return await self.holds(ref, ids, vectors)

        await self._write(scope, knowledge_base_id, add, guard, commit, added_count=len(ids))

    async def remove(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, ids: Sequence[ChunkId], *, guard: Effect
    ) -> None:
        """Take ids out and make sure they are gone; `guard` as for `insert`."""

        async def take_out(ref: CollectionRef) -> bool:
            await self._index.remove(ref, ids)
            return not await self._index.fetch(ref, ids)

        await self._write(scope, knowledge_base_id, take_out, guard, _nothing)

    async def ensure_current(self, scope: TenantScope, *, at_start: bool = True) -> int:
        """Queue a rebuild of every knowledge base whose collection is missing, in doubt or, at start, was left dirty.

        So is one that has passages the embedder in use has not seen, or a collection it does not need any more.
        At start means before any writer: later a dirty mark is a write in progress. Returns how many are queued.
        """
        queued = 0
        async with self._store.begin(scope) as tx:
            for base in await tx.knowledge_bases.list_all():
                base_id = KnowledgeBaseId(base.id)
                if await self._is_outdated(tx, base_id, at_start=at_start):
                    await self.distrust(tx, base_id)
                    queued += 1
        self._forget_pointers(scope)
        if queued:
            self._signals.work_added()
        return queued

    async def needs_collection(self, tx: TenantTransaction, knowledge_base_id: KnowledgeBaseId) -> bool:
        """Return whether a knowledge base is too large for exact search."""
        return await tx.chunks.count_current([knowledge_base_id]) > self._exact_up_to

    async def distrust(self, tx: TenantTransaction, knowledge_base_id: KnowledgeBaseId) -> None:
        """Ask a knowledge base's collection no more and queue its rebuild, in the caller's transaction."""
        row = await tx.collections.find_serving(knowledge_base_id, self._fingerprint)
        if row is not None:
            await tx.collections.mark(row, state=CollectionState.SUSPECT)
        await tx.tasks.ensure(TaskKind.REINDEX, subject=knowledge_base_id, max_attempts=REINDEX_ATTEMPTS)

    async def holds(self, ref: CollectionRef, ids: Sequence[ChunkId], vectors: Vectors) -> bool:
        """Return whether the index holds all of those ids with those vectors."""
        for start in range(0, len(ids), _VERIFY_AT_ONCE):
            batch = slice(start, start + _VERIFY_AT_ONCE)
            found = await self._index.fetch(ref, ids[batch])
            if not holds_exactly(found, ids[batch], vectors[batch]):
                return False
        return True

    async def drop(self, scope: TenantScope, rows: Sequence[VectorCollection]) -> None:
        """Remove collections from the index; one that cannot be removed now goes with the next reconciliation."""
        self._forget_pointers(scope)
        for row in rows:
            try:
                await self._index.drop(ref_of(row))
            except IndexUnavailable:
                _log.warning("index.drop_postponed", tenant_id=scope.tenant_id, generation=row.generation)

    def forget_pointer(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> None:
        """Look up which generation serves before the next question."""
        for key in [key for key in self._pointers if key[:2] == (scope.tenant_id, knowledge_base_id)]:
            del self._pointers[key]

    def forget(self, tenant_id: TenantId) -> None:
        """Drop everything remembered of a tenant that is erased."""
        self._exact.forget(tenant_id)
        self._means = {key: mean for key, mean in self._means.items() if key[0].tenant_id != tenant_id}
        self._degraded = {key for key in self._degraded if key[0] != tenant_id}
        self._pointers = {key: pointer for key, pointer in self._pointers.items() if key[0] != tenant_id}

    def _forget_pointers(self, scope: TenantScope) -> None:
        for key in [key for key in self._pointers if key[0] == scope.tenant_id]:
            del self._pointers[key]

    async def _find_trusted(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, fingerprint: str
    ) -> CollectionRef | None:
        key = (scope.tenant_id, knowledge_base_id, fingerprint)
        known = self._pointers.get(key)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        async with self._store.read(scope) as tx:
            row = await tx.collections.find_serving(knowledge_base_id, fingerprint)
        ref = ref_of(row) if row is not None and row.state == CollectionState.ACTIVE else None
        if row is not None and ref is None:
            self._degraded.add(key[:2])
        self._pointers[key] = (time.monotonic() + _POINTER_LIFE_S, ref)
        return ref

    async def _write(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        work: Callable[[CollectionRef], Awaitable[bool]],
        guard: Effect,
        commit: Effect,
        *,
        added_count: int = 0,
    ) -> None:
        async with self.lock(scope.tenant_id, knowledge_base_id):
            async with self._store.begin(scope) as tx:
                await guard(tx)
                row = await tx.collections.find_serving(knowledge_base_id, self._fingerprint)
                if row is None and added_count:
                    row = await self._begin_if_outgrown(tx, knowledge_base_id, added_count)
                if row is None:
                    await commit(tx)
                    return
                await tx.collections.mark(row, dirty=True)
            is_trusted = row.state == CollectionState.ACTIVE and await self._try(work, ref_of(row))
            async with self._store.begin(scope) as tx:
                if is_trusted:
                    await tx.collections.mark(row, dirty=False)
                else:
                    await self.distrust(tx, knowledge_base_id)
                await commit(tx)
            self.forget_pointer(scope, knowledge_base_id)
            if not is_trusted:
                _log.warning("index.distrusted", tenant_id=scope.tenant_id, knowledge_base_id=knowledge_base_id)
                self._signals.work_added()

    async def _begin_if_outgrown(
        self, tx: TenantTransaction, knowledge_base_id: KnowledgeBaseId, added_count: int
    ) -> VectorCollection | None:
        """Return a collection to write to, or None: exact search is enough, or a rebuild brings in what is there."""
        count = await tx.chunks.count_current([knowledge_base_id])
        if count + added_count <= self._exact_up_to:
            return None
        if count:
            await self.distrust(tx, knowledge_base_id)
            return None
        return await tx.collections.add_generation(knowledge_base_id, self._fingerprint, CollectionState.ACTIVE)

    async def _is_outdated(
        self, tx: TenantTransaction, knowledge_base_id: KnowledgeBaseId, *, at_start: bool
    ) -> bool:
        row = await tx.collections.find_serving(knowledge_base_id, self._fingerprint)
        if row is None:
            unseen = await tx.chunks.list_current_without_vector(knowledge_base_id, self._fingerprint, limit=1)
            return bool(unseen) or await self.needs_collection(tx, knowledge_base_id)
        if _is_doubtful(row, at_start=at_start):
            return True
        return self.is_selective and await tx.chunks.count_current([knowledge_base_id]) <= self._exact_up_to // 2

    async def _try(self, work: Callable[[CollectionRef], Awaitable[bool]], ref: CollectionRef) -> bool:
        for attempt in range(_WRITE_TRIES):
            try:
                return await work(ref)
            except IndexUnavailable:
                await asyncio.sleep(self._retry_delay_s * 2**attempt)
        return False


def ref_of(row: VectorCollection) -> CollectionRef:
    """Return the address of a generation."""
    return CollectionRef(
        TenantId(row.tenant_id), KnowledgeBaseId(row.knowledge_base_id), row.fingerprint, row.generation
    )


def _is_doubtful(row: VectorCollection, *, at_start: bool) -> bool:
    return row.state == CollectionState.SUSPECT or (at_start and row.dirty)


async def _nothing(_tx: TenantTransaction) -> None:
    """Commit nothing more."""
