"""Nearest-neighbour search in Chroma, embedded or on a server; insert-only, rebuilt from SQL rather than repaired.

Updating an id that is present can wedge Chroma's compaction for good (chroma-core/chroma#7678), so nothing here ever
updates: ids already stored are left alone, and a changed document has new ids.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ragapp.adapters.chroma_storage import (
    TENANT_TAG,
    collection_name,
    metadata_of,
    open_folder,
    open_server,
    ref_of,
    remove_left_over_files,
)
from ragapp.core.errors import DimensionMismatch, IndexUnavailable
from ragapp.core.ids import ChunkId
from ragapp.core.precedence import Precedence
from ragapp.rag.ports import Vectors
from ragapp.rag.types import CollectionRef, Hit

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")

_REMOVED_AT_ONCE = 250
_ADDED_AT_ONCE = 16
"""Chroma lets no other thread of the process run while it adds: 5 ms and a third of a millisecond for each vector."""


class ChromaIndex:
    """Implements `rag.ports.VectorIndex`.

    One thread writes, so looking which ids are present and adding the rest cannot interleave with another batch; a few
    others read. The library is imported and the database opened when there is something to write or to read: a process
    that needs no index does without both.

    Args:
        open_client: Opens the database; see `embedded` and `on_server`.
        folder: The embedded database's folder, whose left-over files `drop` removes; None for a server.
        reader_count: Queries that run at once.
        timeout_s: How long a read may take before the index counts as unavailable; a write may take ten times that.
        precedence: Whose questions the steps of adding let pass; None: nobody's.
    """

    def __init__(
        self,
        open_client: "Callable[[], Client]",
        *,
        folder: Path | None = None,
        reader_count: int = 2,
        timeout_s: float = 10.0,
        precedence: Precedence | None = None,
    ) -> None:
        self._precedence = precedence or Precedence()
        self._open_client = open_client
        self._folder = folder
        self._timeout_s = timeout_s
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="chroma-write")
        self._readers = ThreadPoolExecutor(reader_count, thread_name_prefix="chroma-read")
        self._opening = asyncio.Lock()
        self._client: Client | None = None
        self._collections: dict[str, Collection] = {}

    @classmethod
    def embedded(
        cls, folder: Path, *, reader_count: int = 2, timeout_s: float = 10.0, precedence: Precedence | None = None
    ) -> "ChromaIndex":
        """Return an index stored in `folder`; no second process may use that folder."""
        return cls(
            partial(open_folder, folder),
            folder=folder,
            reader_count=reader_count,
            timeout_s=timeout_s,
            precedence=precedence,
        )

    @classmethod
    def on_server(
        cls, host: str, port: int, *, tls: bool = False, reader_count: int = 8, timeout_s: float = 10.0
    ) -> "ChromaIndex":
        """Return an index on a Chroma server."""
        return cls(partial(open_server, host, port, tls=tls), reader_count=reader_count, timeout_s=timeout_s)

    async def add(self, ref: CollectionRef, ids: Sequence[ChunkId], vectors: Vectors) -> None:
        """Add new vectors, creating the collection if needed. Ids already present are skipped, never overwritten.

        Args:
            ref: The collection.
            ids: N chunk ids.
            vectors: Shape (N, dimension), float32, finite, never zero.

        Raises:
            DimensionMismatch: `vectors` does not have that shape, or holds a zero or a number that is not finite.
            IndexUnavailable: the index failed; what was added before stays.
        """
        _check_vectors(ids, vectors)
        for first in range(0, len(ids), _ADDED_AT_ONCE):
            batch = slice(first, first + _ADDED_AT_ONCE)
            await self._precedence.give_way()
            await self._write(partial(self._add_batch, ref, list(ids[batch]), vectors[batch]))

    async def query(self, ref: CollectionRef, vector: Vectors, *, limit: int) -> list[Hit]:
        """Return up to `limit` nearest ids by cosine similarity, best first; an absent collection gives []."""
        return [] if self._is_unused() else await self._read(partial(self._query, ref, vector, limit))

    async def remove(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> None:
        """Remove those ids; absent ids are ignored."""
        if self._is_unused():
            return
        for first in range(0, len(ids), _REMOVED_AT_ONCE):
            await self._write(partial(self._remove, ref, list(ids[first : first + _REMOVED_AT_ONCE])))

    async def list_ids(self, ref: CollectionRef) -> set[ChunkId]:
        """Return every id in the collection (empty if absent)."""
        return set() if self._is_unused() else await self._read(partial(self._list_ids, ref))

    async def fetch(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> dict[ChunkId, Vectors]:
        """Return the stored vectors of those ids that are present."""
        return await self._read(partial(self._fetch, ref, list(ids))) if ids and not self._is_unused() else {}

    async def drop(self, ref: CollectionRef) -> None:
        """Remove the whole collection and its files if it is there."""
        if not self._is_unused():
            await self._write(partial(self._drop, ref))

    async def list_collections(self) -> list[CollectionRef]:
        """Return every collection this index holds."""
        return [] if self._is_unused() else await self._read(self._list_collections)

    async def ping(self) -> None:
        """Return if the index answers, or nothing was ever written to it."""
        if not self._is_unused():
            await self._read(lambda: self._opened().heartbeat())

    async def close(self) -> None:
        """Flush and free."""
        for executor in (self._writer, self._readers):
            await asyncio.to_thread(partial(executor.shutdown, cancel_futures=True))
        self._collections.clear()
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
            self._client = None

    def _is_unused(self) -> bool:
        return self._client is None and self._folder is not None and not self._folder.exists()

    async def _read(self, work: Callable[[], T]) -> T:
        return await self._run(self._readers, work, self._timeout_s)

    async def _write(self, work: Callable[[], T]) -> T:
        return await self._run(self._writer, work, self._timeout_s * 10)

    async def _run(self, executor: ThreadPoolExecutor, work: Callable[[], T], timeout_s: float) -> T:
        with _translated():
            loop = asyncio.get_running_loop()
            async with self._opening:
                if self._client is None:
                    self._client = await loop.run_in_executor(self._writer, self._open_client)
            return await asyncio.wait_for(loop.run_in_executor(executor, work), timeout_s)

    def _opened(self) -> "Client":
        if self._client is None:
            raise IndexUnavailable
        return self._client

    def _add_batch(self, ref: CollectionRef, ids: list[ChunkId], vectors: Vectors) -> None:
        collection = self._ensure(ref)
        present = set(collection.get(ids=list(ids), include=[])["ids"])
        fresh = [position for position, chunk_id in enumerate(ids) if chunk_id not in present]
        if fresh:
            collection.add(
                [ids[position] for position in fresh],
                embeddings=vectors[fresh],
                metadatas=[{TENANT_TAG: ref.tenant_id} for _ in fresh],
            )

    def _query(self, ref: CollectionRef, vector: Vectors, limit: int) -> list[Hit]:
        found = self._with_collection(
            ref, lambda it: it.query(vector[np.newaxis, :], n_results=limit, include=["distances", "metadatas"])
        )
        if found is None:
            return []
        rows = zip(found["ids"][0], (found["distances"] or [[]])[0], (found["metadatas"] or [[]])[0], strict=True)
        return [
            Hit(ChunkId(chunk_id), 1.0 - distance)
            for chunk_id, distance, tag in rows
            if tag[TENANT_TAG] == ref.tenant_id
        ]

    def _remove(self, ref: CollectionRef, ids: list[ChunkId]) -> None:
        self._with_collection(ref, lambda it: it.delete(ids=list(ids)))

    def _list_ids(self, ref: CollectionRef) -> set[ChunkId]:
        found = self._with_collection(ref, lambda it: it.get(include=[]))
        return set() if found is None else {ChunkId(chunk_id) for chunk_id in found["ids"]}

    def _fetch(self, ref: CollectionRef, ids: list[ChunkId]) -> dict[ChunkId, Vectors]:
        found = self._with_collection(ref, lambda it: it.get(ids=list(ids), include=["embeddings"]))
        if found is None or found["embeddings"] is None:
            return {}
        pairs = zip(found["ids"], found["embeddings"], strict=True)
        return {ChunkId(chunk_id): np.asarray(vector, dtype=np.float32) for chunk_id, vector in pairs}

    def _drop(self, ref: CollectionRef) -> None:
        from chromadb.errors import NotFoundError

        name = collection_name(ref)
        self._collections.pop(name, None)
        with contextlib.suppress(NotFoundError):
            self._opened().delete_collection(name)
        if self._folder is not None:
            remove_left_over_files(self._folder)

    def _list_collections(self) -> list[CollectionRef]:
        found = (ref_of(collection.metadata) for collection in self._opened().list_collections())
        return [ref for ref in found if ref is not None]

    def _ensure(self, ref: CollectionRef) -> "Collection":
        name = collection_name(ref)
        if name not in self._collections:
            self._collections[name] = self._opened().get_or_create_collection(
                name,
                metadata=metadata_of(ref),
                configuration={"hnsw": {"space": "cosine"}},
                embedding_function=None,
            )
        return self._collections[name]

    def _with_collection(self, ref: CollectionRef, work: "Callable[[Collection], T]") -> T | None:
        """Run `work` on the collection; None if there is none. A remembered handle may be of a dropped namesake."""
        from chromadb.errors import NotFoundError

        name = collection_name(ref)
        remembered = self._collections.get(name)
        if remembered is not None:
            try:
                return work(remembered)
            except NotFoundError:
                self._collections.pop(name, None)
        try:
            self._collections[name] = self._opened().get_collection(name, embedding_function=None)
            return work(self._collections[name])
        except NotFoundError:
            self._collections.pop(name, None)
            return None


def _check_vectors(ids: Sequence[ChunkId], vectors: Vectors) -> None:
    if vectors.ndim != 2 or len(vectors) != len(ids):
        raise DimensionMismatch(details={"id_count": len(ids), "vector_count": len(vectors)})
    # A sum of squares is finite and positive exactly when every number is finite and one is not zero.
    lengths = np.einsum("ij,ij->i", vectors, vectors)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise DimensionMismatch("A vector is zero or holds a number that is not finite.")


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (IndexUnavailable, asyncio.CancelledError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # Base, because a panic in Chroma's native code is not an `Exception`.
        raise IndexUnavailable from error
