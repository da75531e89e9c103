"""The vector index of a process that may not touch it, because another one owns it."""

from collections.abc import Sequence
from typing import NoReturn

from ragapp.core.errors import IndexUnavailable
from ragapp.core.ids import ChunkId
from ragapp.rag.ports import Vectors
from ragapp.rag.types import CollectionRef


class ForeignIndex:
    """Implements `rag.ports.VectorIndex` by being unavailable, so that callers search SQL exactly instead."""

    async def add(self, ref: CollectionRef, ids: Sequence[ChunkId], vectors: Vectors) -> None:
        """Refuse."""
        _refuse()

    async def query(self, ref: CollectionRef, vector: Vectors, *, limit: int) -> NoReturn:
        """Refuse."""
        _refuse()

    async def remove(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> None:
        """Refuse."""
        _refuse()

    async def list_ids(self, ref: CollectionRef) -> NoReturn:
        """Refuse."""
        _refuse()

    async def fetch(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> NoReturn:
        """Refuse."""
        _refuse()

    async def drop(self, ref: CollectionRef) -> None:
        """Refuse."""
        _refuse()

    async def list_collections(self) -> NoReturn:
        """Refuse."""
        _refuse()

    async def ping(self) -> None:
        """Refuse."""
        _refuse()

    async def close(self) -> None:
        """Nothing is open."""


def _refuse() -> NoReturn:
    raise IndexUnavailable(details={"cause": "owned_by_another_process"})
