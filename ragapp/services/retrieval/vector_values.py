"""Vectors as bytes for SQL, and the checks they pass before they are stored."""

from collections.abc import Sequence

import numpy as np

from ragapp.core.errors import DimensionMismatch
from ragapp.core.ids import ChunkId
from ragapp.rag.ports import Vectors

_TOLERANCE = 1e-5


def pack_vectors(vectors: Vectors) -> list[bytes]:
    """Return each row as little-endian float32 bytes."""
    return [row.tobytes() for row in np.ascontiguousarray(vectors, dtype="<f4")]


def unpack_vectors(blobs: Sequence[bytes], dimension: int) -> Vectors:
    """Return what `pack_vectors` packed, shape (len(blobs), dimension), float32."""
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), dimension).astype(np.float32, copy=False)


def ensure_usable(vectors: Vectors, *, count: int, dimension: int) -> None:
    """Check what an embedder returned.

    Raises:
        DimensionMismatch: not (count, dimension), or a row is not finite or not of unit length.
    """
    if vectors.shape != (count, dimension):
        raise DimensionMismatch(details={"expected": f"({count}, {dimension})", "got": str(vectors.shape)})
    lengths = np.linalg.norm(vectors, axis=1)
    if not bool(np.all(np.isfinite(lengths) & (np.abs(lengths - 1.0) < 1e-2))):
        raise DimensionMismatch("The embedder returned a vector that is not of unit length.")


def holds_exactly(found: dict[ChunkId, Vectors], ids: Sequence[ChunkId], vectors: Vectors) -> bool:
    """Return whether an index holds every id with the vector SQL holds."""
    return all(
        chunk_id in found and bool(np.allclose(found[chunk_id], vector, rtol=0, atol=_TOLERANCE))
        for chunk_id, vector in zip(ids, vectors, strict=True)
    )
