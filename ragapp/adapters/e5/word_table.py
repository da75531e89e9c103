"""The word table on disk: 250,000 rows of 384 values, of which a text needs a hundred."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ragapp.adapters.e5.checkpoint import ROW_BYTES, Floats, unpack_blocks


class WordTable:
    """Reads rows by position, so that the table never becomes resident. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    def rows(self, ids: Sequence[int]) -> Floats:
        """Return the values of those rows, shape (len(ids), 384), float32."""
        file = self._file.fileno()
        packed = b"".join([os.pread(file, ROW_BYTES, row * ROW_BYTES) for row in ids])
        return unpack_blocks(np.frombuffer(packed, dtype=np.uint8).reshape(len(ids), ROW_BYTES))
