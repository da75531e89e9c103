"""Vectors of passages: taken over where the tenant has them for the same words, made by the embedder where not."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from ragapp.core.ids import ChunkId
from ragapp.core.scope import TenantScope
from ragapp.models import Chunk
from ragapp.rag.ports import Embedder
from ragapp.services.retrieval.passage_text import passage_text, words_digest
from ragapp.services.retrieval.vector_values import ensure_usable, pack_vectors
from ragapp.store.chunks import NewVector
from ragapp.store.store import Store

_EMBED_AT_ONCE = 32


class PassageVectors:
    """What the embedder in use makes of passages."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    @property
    def fingerprint(self) -> str:
        """Return the embedder's fingerprint."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """Return the vector length."""
        return self._embedder.dimension

    async def take_known(
        self, scope: TenantScope, chunks: Sequence[Chunk]
    ) -> tuple[list[NewVector], list[Chunk]]:
        """Return the vectors that the tenant has for the same words already, and the passages that nobody embedded yet.

        Another version of a document, a copy of it elsewhere or a repeated notice costs no second embedding.
        """
        digests = [words_digest(_words(chunk)) for chunk in chunks]
        async with self._store.read(scope) as tx:
            known = await tx.chunks.find_vectors(self.fingerprint, list(dict.fromkeys(digests)))
        keyed = list(zip(chunks, digests, strict=True))
        taken = [NewVector(ChunkId(chunk.id), digest, known[digest]) for chunk, digest in keyed if digest in known]
        return taken, [chunk for chunk, digest in keyed if digest not in known]

    async def embed_in_batches(self, chunks: Sequence[Chunk]) -> AsyncGenerator[list[NewVector]]:
        """Yield the vectors of passages, batch by batch; the next batch is at work while the caller stores the last.

        Raises:
            EmbedderUnavailable: the embedder is down. DimensionMismatch: it returned what cannot be stored.
        """
        ahead: asyncio.Task[list[NewVector]] | None = None
        try:
            for start in range(0, len(chunks), _EMBED_AT_ONCE):
                batch = chunks[start : start + _EMBED_AT_ONCE]
                due, ahead = ahead, asyncio.create_task(self._embed(batch))
                if due is not None:
                    yield await due
            if ahead is not None:
                yield await ahead
        finally:
            if ahead is not None:
                ahead.cancel()

    async def _embed(self, chunks: Sequence[Chunk]) -> list[NewVector]:
        words = [_words(chunk) for chunk in chunks]
        vectors = await self._embedder.embed_passages(words)
        ensure_usable(vectors, count=len(chunks), dimension=self.dimension)
        return [
            NewVector(ChunkId(chunk.id), words_digest(text), packed)
            for chunk, text, packed in zip(chunks, words, pack_vectors(vectors), strict=True)
        ]


def _words(chunk: Chunk) -> str:
    return passage_text(chunk.heading, chunk.text, () if chunk.rows_start else chunk.column_names or ())
