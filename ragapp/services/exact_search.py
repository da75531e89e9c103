"""Nearest neighbours without an index: every vector of a knowledge base, read from SQL and compared."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragapp.core.ids import ChunkId, KnowledgeBaseId, TenantId
from ragapp.core.scope import TenantScope
from ragapp.rag.ports import Vectors
from ragapp.rag.types import Hit
from ragapp.store.store import Store

_Key = tuple[TenantId, KnowledgeBaseId, str]
_THREAD_ABOVE_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Row i of `vectors` (shape (n, dimension), float32) belongs to `ids[i]`; as of `revision`."""

    revision: int
    ids: list[ChunkId]
    vectors: Vectors


class ExactSearch:
    """Compares a question with every current vector.

    Args:
        store: Where the vectors are.
        max_bytes: Memory for matrices kept between questions; the least recently used go first.
    """

    def __init__(self, store: Store, *, max_bytes: int) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._matrices: OrderedDict[_Key, _Matrix] = OrderedDict()

    async def query(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, fingerprint: str, vector: Vectors, *, limit: int
    ) -> list[Hit]:
        """Return the `limit` nearest current chunks by cosine similarity, best first; always right, linear in size."""
        matrix = await self._load(scope, knowledge_base_id, fingerprint)
        if not matrix.ids:
            return []
        if len(matrix.ids) > _THREAD_ABOVE_ROWS:
            return await asyncio.to_thread(_nearest, matrix, vector, limit)
        return _nearest(matrix, vector, limit)

    async def _load(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, fingerprint: str) -> _Matrix:
        key = (scope.tenant_id, knowledge_base_id, fingerprint)
        async with self._store.read(scope) as tx:
            revisions = await tx.knowledge_bases.get_revisions([knowledge_base_id])
            revision = revisions.get(knowledge_base_id, -1)
            kept = self._matrices.get(key)
            if kept is not None and kept.revision == revision:
                self._matrices.move_to_end(key)
                return kept
            rows = await tx.chunks.list_current_vectors(knowledge_base_id, fingerprint)
        matrix = await asyncio.to_thread(_build, revision, rows)
        self._keep(key, matrix)
        return matrix

    def _keep(self, key: _Key, matrix: _Matrix) -> None:
        self._matrices[key] = matrix
        self._matrices.move_to_end(key)
        total = sum(kept.vectors.nbytes for kept in self._matrices.values())
        while total > self._max_bytes:
            _, dropped = self._matrices.popitem(last=False)
            total -= dropped.vectors.nbytes


def _build(revision: int, rows: Sequence[tuple[ChunkId, bytes]]) -> _Matrix:
    ids = [chunk_id for chunk_id, _ in rows]
    flat = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f4")
    return _Matrix(revision, ids, flat.reshape(len(ids), -1) if ids else flat.reshape(0, 0))


def _nearest(matrix: _Matrix, vector: Vectors, limit: int) -> list[Hit]:
    scores = matrix.vectors @ vector
    count = min(limit, len(scores))
    best = np.argpartition(scores, -count)[-count:]
    ordered = sorted(best.tolist(), key=lambda row: (-scores[row], matrix.ids[row]))
    return [Hit(matrix.ids[row], float(scores[row])) for row in ordered]
