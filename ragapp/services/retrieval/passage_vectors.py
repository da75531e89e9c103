"""Vectors of passages: taken over where the tenant has them for the same words, made by the embedder where not."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from ragapp.core.scope import TenantScope
from ragapp.services.retrieval.encoding import EncoderQueue, SharedEncoder
from ragapp.services.retrieval.vector_values import ensure_usable, pack_vectors
from ragapp.services.retrieval.vector_words import VectorWords
from ragapp.store.chunks import NewVector
from ragapp.store.store import Store

_EMBED_AT_ONCE = 32
"""Vectors committed together; of one document twice as many passages are in work at most."""


class PassageVectors:
    """What the embedder in use makes of passages."""

    def __init__(self, store: Store, encoder: SharedEncoder) -> None:
        self._store = store
        self._encoder = encoder

    @property
    def fingerprint(self) -> str:
        """Return the embedder's fingerprint."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Return the vector length."""
        return self._encoder.dimension

    async def take_known(
        self, scope: TenantScope, wanted: Sequence[VectorWords]
    ) -> tuple[list[NewVector], list[VectorWords]]:
        """Return the vectors that the tenant has for the same words already, and what nobody embedded yet.

        Another version of a document, a copy of it elsewhere or a repeated notice costs no second embedding.
        """
        keyed = [(one, one.digest) for one in wanted]
        async with self._store.read(scope) as tx:
            known = await tx.chunks.find_vectors(self.fingerprint, list(dict.fromkeys(digest for _, digest in keyed)))
        taken = [NewVector(one.chunk_id, digest, known[digest]) for one, digest in keyed if digest in known]
        return taken, [one for one, digest in keyed if digest not in known]

    async def embed_in_batches(
        self, scope: TenantScope, wanted: Sequence[VectorWords]
    ) -> AsyncGenerator[list[NewVector]]:
        """Yield the vectors of passages, batch by batch; the next batch is at work while the caller stores the last.

        Raises:
            EmbedderUnavailable: the embedder is down. DimensionMismatch: it returned what cannot be stored.
        """
        ahead: asyncio.Task[list[NewVector]] | None = None
        with self._encoder.queue(scope.tenant_id) as queue:
            try:
                for start in range(0, len(wanted), _EMBED_AT_ONCE):
                    batch = wanted[start : start + _EMBED_AT_ONCE]
                    due, ahead = ahead, asyncio.create_task(self._embed(queue, batch))
                    if due is not None:
                        yield await due
                if ahead is not None:
                    yield await ahead
            finally:
                if ahead is not None:
                    ahead.cancel()

    async def _embed(self, queue: EncoderQueue, batch: Sequence[VectorWords]) -> list[NewVector]:
        vectors = await queue.embed([one.words for one in batch])
        ensure_usable(vectors, count=len(batch), dimension=self.dimension)
        return [
            NewVector(one.chunk_id, one.digest, packed)
            for one, packed in zip(batch, pack_vectors(vectors), strict=True)
        ]
