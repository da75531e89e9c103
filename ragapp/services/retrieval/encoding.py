"""The encoder shared by everybody: texts pass in slices, in fair turns of tenants and of their documents.

A slice at work is never interrupted, so its length is what a newcomer waits for; questions do not queue here at all.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from ragapp.core.fair_scheduling import FairTurns, Flow
from ragapp.core.ids import TenantId
from ragapp.rag.ports import Embedder, Vectors

_READ_CHARACTERS = 1_200
"""Encoders cut longer texts: what lies beyond costs nothing."""
_OF_EACH_TEXT = 100
"""Characters that the work around a text amounts to."""


class SharedEncoder:
    """Embeds passages in turns.

    Args:
        embedder: What does the work.
        places: Slices at work at once; see `FairTurns`.
        texts_at_once: Texts in a slice.
    """

    def __init__(self, embedder: Embedder, *, places: int = 2, texts_at_once: int = 8) -> None:
        self._embedder = embedder
        self._turns = FairTurns(places)
        self._texts_at_once = texts_at_once

    @property
    def fingerprint(self) -> str:
        """Return the embedder's fingerprint."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """Return the vector length."""
        return self._embedder.dimension

    @contextmanager
    def queue(self, tenant_id: TenantId) -> Iterator["EncoderQueue"]:
        """Open a queue for one document or call of a tenant; what it has had of the encoder is counted together."""
        with self._turns.flow(tenant_id) as flow:
            yield EncoderQueue(self._embedder, flow, self._texts_at_once)


class EncoderQueue:
    """One document's texts on their way through the encoder."""

    def __init__(self, embedder: Embedder, flow: Flow, texts_at_once: int) -> None:
        self._embedder = embedder
        self._flow = flow
        self._texts_at_once = texts_at_once

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return vectors, shape (len(texts), dimension), float32, in the order of `texts` (at least one).

        Raises:
            EmbedderUnavailable: the model cannot be reached or loaded.
        """
        starts = range(0, len(texts), self._texts_at_once)
        slices = [asyncio.create_task(self._embed(texts[start : start + self._texts_at_once])) for start in starts]
        try:
            return np.concatenate(await asyncio.gather(*slices))
        finally:
            for one in slices:
                one.cancel()

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        cost = sum(min(len(text), _READ_CHARACTERS) + _OF_EACH_TEXT for text in texts)
        async with self._flow.turn(cost):
            return await self._embedder.embed_passages(texts)
