"""The word table on disk: 250,000 rows of 384 values, of which a text needs a hundred."""

import os
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ragapp.adapters.e5.checkpoint import ROW_BYTES, Floats, unpack_blocks


class WordTable:
    """Reads rows by position, so that the table never becomes resident. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)

    def rows(self, ids: Sequence[int]) -> Floats:
        """Return the values of those rows, shape (len(ids), 384), float32."""
        packed = b"".join([os.pread(self._file, ROW_BYTES, row * ROW_BYTES) for row in ids])
        return unpack_blocks(np.frombuffer(packed, dtype=np.uint8).reshape(len(ids), ROW_BYTES))
