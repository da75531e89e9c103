"""An exact vector index in memory, with switches for what can go wrong."""

from collections.abc import Sequence

import numpy as np

from ragapp.core.errors import IndexUnavailable
from ragapp.core.ids import ChunkId
from ragapp.rag.ports import Vectors
from ragapp.rag.types import CollectionRef, Hit


class MemoryIndex:
    """Implements `rag.ports.VectorIndex` exactly.

    Faults: `available = False` makes every call raise; `lose_next_add = True` accepts the next batch and keeps nothing
    of it; `phantom_hits` are returned first by every query, as a wrong index would.
    """

    def __init__(self) -> None:
        self.collections: dict[CollectionRef, dict[ChunkId, Vectors]] = {}
        self.available = True
        self.lose_next_add = False
        self.phantom_hits: list[Hit] = []
        self.queries: list[CollectionRef] = []
        self.closed = False

    async def add(self, ref: CollectionRef, ids: Sequence[ChunkId], vectors: Vectors) -> None:
        self._check()
        collection = self.collections.setdefault(ref, {})
        if self.lose_next_add:
            self.lose_next_add = False
            return
        for chunk_id, vector in zip(ids, vectors, strict=True):
            collection.setdefault(chunk_id, np.array(vector, dtype=np.float32))

    async def query(self, ref: CollectionRef, vector: Vectors, *, limit: int) -> list[Hit]:
        self._check()
        self.queries.append(ref)
        collection = self.collections.get(ref, {})
        hits = [Hit(chunk_id, float(stored @ vector)) for chunk_id, stored in collection.items()]
        hits.sort(key=lambda hit: (-hit.score, hit.chunk_id))
        return [*self.phantom_hits, *hits][:limit]

    async def remove(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> None:
        self._check()
        for chunk_id in ids:
            self.collections.get(ref, {}).pop(chunk_id, None)

    async def list_ids(self, ref: CollectionRef) -> set[ChunkId]:
        self._check()
        return set(self.collections.get(ref, {}))

    async def fetch(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> dict[ChunkId, Vectors]:
        self._check()
        collection = self.collections.get(ref, {})
        return {chunk_id: collection[chunk_id] for chunk_id in ids if chunk_id in collection}

    async def drop(self, ref: CollectionRef) -> None:
        self._check()
        self.collections.pop(ref, None)

    async def list_collections(self) -> list[CollectionRef]:
        self._check()
        return list(self.collections)

    async def ping(self) -> None:
        self._check()

    async def close(self) -> None:
        self.closed = True

    def _check(self) -> None:
        if not self.available:
            raise IndexUnavailable
