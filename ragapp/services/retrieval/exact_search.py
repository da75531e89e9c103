"""Nearest neighbours without an index: every vector of a knowledge base, read from SQL and compared."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ragapp.core.ids import ChunkId, KnowledgeBaseId, TenantId
from ragapp.core.scope import TenantScope
from ragapp.rag.centring import LanguageRows, centred_similarity, describe_language
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.ports import Vectors
from ragapp.rag.types import Hit
from ragapp.store.store import Store

_Key = tuple[TenantId, KnowledgeBaseId, str]
_THREAD_ABOVE_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Row i of `vectors` (shape (n, dimension), float32) belongs to `ids[i]`; as of `revision`.

    `languages` holds those that were asked for so far.
    """

    revision: int
    ids: list[ChunkId]
    vectors: Vectors
    languages: dict[str, LanguageRows] = field(default_factory=dict)


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
        self._loading = asyncio.Lock()

    async def query(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        fingerprint: str,
        vector: Vectors,
        *,
        limit: int,
        revision: int | None = None,
    ) -> list[Hit]:
        """Return the `limit` nearest current chunks by cosine similarity, best first; always right, linear in size.

        Args:
            scope: The tenant.
            knowledge_base_id: Where to search.
            fingerprint: The embedder whose vectors are compared.
            vector: Shape (dimension,), float32, of length 1.
            limit: Most hits to return.
            revision: The knowledge base's revision if the caller has just read it; else it is looked up.
        """
        matrix = await self._matrix(scope, (scope.tenant_id, knowledge_base_id, fingerprint), revision)
        if not matrix.ids:
            return []
        if len(matrix.ids) > _THREAD_ABOVE_ROWS:
            return await asyncio.to_thread(_nearest, matrix, vector, limit)
        return _nearest(matrix, vector, limit)

    async def query_across(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        fingerprint: str,
        question: Vectors,
        *,
        language: str,
        lexical: LexicalIndex,
        limit: int,
        revision: int | None = None,
    ) -> list[Hit]:
        """Return the nearest current chunks in a language other than the question's, best first.

        Args:
            scope: The tenant.
            knowledge_base_id: Where to search.
            fingerprint: The embedder whose vectors are compared.
            question: The question's vector less the mean of questions in its language, shape (dimension,), float32.
            language: Of the passages to return.
            lexical: Tells which passage is in which language.
            limit: Most hits to return.
            revision: As for `query`.
        """
        matrix = await self._matrix(scope, (scope.tenant_id, knowledge_base_id, fingerprint), revision)
        if not matrix.ids:
            return []
        if len(matrix.ids) > _THREAD_ABOVE_ROWS:
            return await asyncio.to_thread(_nearest_across, matrix, question, language, lexical, limit)
        return _nearest_across(matrix, question, language, lexical, limit)

    def forget(self, tenant_id: TenantId) -> None:
        """Drop every matrix of a tenant that is erased."""
        for key in [key for key in self._matrices if key[0] == tenant_id]:
            del self._matrices[key]

    async def _matrix(self, scope: TenantScope, key: _Key, revision: int | None) -> _Matrix:
        matrix = self._kept(key, revision)
        if matrix is None:
            async with self._loading:
                matrix = self._kept(key, revision) or await self._load(scope, key)
        return matrix

    def _kept(self, key: _Key, revision: int | None) -> _Matrix | None:
        """Return the matrix in memory if it is of that revision or newer."""
        kept = self._matrices.get(key)
        if kept is None or revision is None or kept.revision < revision:
            return None
        self._matrices.move_to_end(key)
        return kept

    async def _load(self, scope: TenantScope, key: _Key) -> _Matrix:
        _, knowledge_base_id, fingerprint = key
        async with self._store.read(scope) as tx:
            found = await tx.knowledge_bases.find_revision(knowledge_base_id)
            revision = -1 if found is None else found
            kept = self._kept(key, revision)
            if kept is not None:
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
    return _best(matrix.ids, matrix.vectors @ vector, limit)


def _nearest_across(
    matrix: _Matrix, question: Vectors, language: str, lexical: LexicalIndex, limit: int
) -> list[Hit]:
    if language not in matrix.languages:
        is_in_it = np.fromiter((lexical.language_of(id_) == language for id_ in matrix.ids), np.bool_, len(matrix.ids))
        if not is_in_it.any():
            return []
        matrix.languages[language] = describe_language(matrix.vectors, np.flatnonzero(is_in_it))
    rows = matrix.languages[language]
    scores = centred_similarity(matrix.vectors @ question, question, rows)
    return _best([matrix.ids[row] for row in rows.rows.tolist()], scores, limit)


def _best(ids: Sequence[ChunkId], scores: Vectors, limit: int) -> list[Hit]:
    count = min(limit, len(scores))
    best = np.argpartition(scores, -count)[-count:]
    ordered = sorted(best.tolist(), key=lambda row: (-scores[row], ids[row]))
    return [Hit(ids[row], float(scores[row])) for row in ordered]
