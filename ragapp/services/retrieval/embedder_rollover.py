"""Which embedder answers: the one in use, or an earlier one while the vectors of the one in use are being made."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ragapp.core.ids import KnowledgeBaseId, TenantId
from ragapp.core.scope import TenantScope
from ragapp.rag.retrieval import VectorLeg
from ragapp.store.store import Store, TenantTransaction

_Key = tuple[TenantId, KnowledgeBaseId]
_COUNTS_LIFE_S = 1.0
_UNASKED_LIFE_S = 60.0


@dataclass(frozen=True, slots=True)
class EarlierEmbedder:
    """An embedder that is not in use any more but can still be loaded; `release` frees it until it is asked again."""

    leg: VectorLeg
    release: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A knowledge base that the embedder in use has not seen whole, and how many vectors of each embedder it has."""

    counted_at: float
    revision: int
    vector_counts: Mapping[str, int]


class EmbedderRollover:
    """Picks the embedder for a search by who has the vectors.

    A knowledge base moves to the embedder in use once every passage has a vector of it and no collection of an earlier
    one serves any more; it never moves back. Until then whichever embedder has most of its vectors answers, so that
    a change of the model takes no answer away. A search over several knowledge bases uses one embedder for all.

    Args:
        store: Where the vectors are.
        current: The embedder in use.
        earlier: Embedders on this machine whose vectors may be there from before; loaded only when they answer.
    """

    def __init__(self, store: Store, current: VectorLeg, earlier: Sequence[EarlierEmbedder] = ()) -> None:
        self._store = store
        self._current = current
        self._earlier = {earlier_one.leg.embedder.fingerprint: earlier_one for earlier_one in earlier}
        self._moved: set[_Key] = set()
        self._waiting: dict[_Key, _Waiting] = {}

    async def choose(self, scope: TenantScope, revisions: Mapping[KnowledgeBaseId, int]) -> VectorLeg:
        """Return the embedder whose vectors answer a search in these knowledge bases, given with their revisions."""
        unsettled = [base for base in revisions if (scope.tenant_id, base) not in self._moved]
        if not self._earlier or not unsettled:
            return self._current
        await self._count(scope, {base: revisions[base] for base in unsettled})
        waiting = [self._waiting[key] for base in unsettled if (key := (scope.tenant_id, base)) in self._waiting]
        fingerprint = self._best(knowledge_base.vector_counts for knowledge_base in waiting)
        return self._earlier[fingerprint].leg if fingerprint in self._earlier else self._current

    def settle(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> None:
        """Let the embedder in use answer for a knowledge base from now on: all of its vectors are there."""
        self._move((scope.tenant_id, knowledge_base_id))

    def forget(self, tenant_id: TenantId) -> None:
        """Drop everything remembered of a tenant that is erased."""
        self._moved = {key for key in self._moved if key[0] != tenant_id}
        self._waiting = {key: found for key, found in self._waiting.items() if key[0] != tenant_id}
        self._release_unneeded()

    async def _count(self, scope: TenantScope, revisions: Mapping[KnowledgeBaseId, int]) -> None:
        now = time.monotonic()
        due = {base: revision for base, revision in revisions.items() if self._is_due(scope, base, revision, now)}
        if not due:
            return
        async with self._store.read(scope) as tx:
            for base, revision in due.items():
                counts = await tx.chunks.count_current_vectors(base)
                if await self._has_moved(tx, base, counts):
                    self._move((scope.tenant_id, base))
                else:
                    self._waiting[scope.tenant_id, base] = _Waiting(now, revision, counts)

    def _is_due(self, scope: TenantScope, base: KnowledgeBaseId, revision: int, now: float) -> bool:
        known = self._waiting.get((scope.tenant_id, base))
        return known is None or known.revision != revision or now > known.counted_at + _COUNTS_LIFE_S

    async def _has_moved(
        self, tx: TenantTransaction, base: KnowledgeBaseId, vector_counts: Mapping[str, int]
    ) -> bool:
        if vector_counts.get(self._current.embedder.fingerprint, 0) < await tx.chunks.count_current([base]):
            return False
        return not [found for name in self._earlier if (found := await tx.collections.find_serving(base, name))]

    def _best(self, counts: Iterable[Mapping[str, int]]) -> str:
        """Return who has most vectors; the embedder in use where it has as many as any."""
        current = self._current.embedder.fingerprint
        total = sum((Counter(found) for found in counts), Counter())
        usable = [name for name in total if name in self._earlier]
        return max([current, *usable], key=lambda name: total[name])

    def _move(self, key: _Key) -> None:
        self._moved.add(key)
        self._waiting.pop(key, None)
        self._release_unneeded()

    def _release_unneeded(self) -> None:
        asked_since = time.monotonic() - _UNASKED_LIFE_S
        if not any(found.counted_at > asked_since for found in self._waiting.values()):
            for earlier in self._earlier.values():
                earlier.release()
