"""What a source of the weights yields: the encoder's tensors, the word table in 4-bit blocks, the vocabulary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

WIDTH = 384
LAYER_COUNT = 12
HEAD_COUNT = 12
MAX_TOKENS = 512
EPSILON = 1e-12

INPUT, OUTPUT = "words", "embedding"
"""Names in the exported graph."""

BLOCK_VALUES = 32
BLOCK_BYTES = 2 + BLOCK_VALUES // 2
"""A block of 32 values: one float16 scale, then 16 bytes with two 4-bit steps each, the first half in the low bits."""
ROW_BYTES = WIDTH // BLOCK_VALUES * BLOCK_BYTES
_ZERO_STEP = 8


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces by id, their log probabilities (shape (len(pieces),)), and what replaces single characters."""

    pieces: Sequence[str]
    scores: Floats
    replacements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One set of weights.

    Attributes:
        weights: Tensors under the names of the publication, float32; linear weights have shape (out, in).
        word_table: Shape (words, ROW_BYTES), uint8: each row 12 blocks of 32 values.
        vocabulary: Pieces and scores, in the order of the word table.
    """

    weights: Weights
    word_table: NDArray[np.uint8]
    vocabulary: Vocabulary


def unpack_blocks(packed: NDArray[np.uint8]) -> Floats:
    """Return the values of 4-bit blocks: shape (rows, blocks * BLOCK_BYTES), uint8 to (rows, blocks * 32), float32."""
    blocks = packed.reshape(len(packed), -1, BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[:, :, :2]).view("<f2").astype(np.float32)
    steps = np.concatenate([blocks[:, :, 2:] & 0x0F, blocks[:, :, 2:] >> 4], axis=2).astype(np.float32) - _ZERO_STEP
    values: Floats = (steps * scales).reshape(len(packed), -1)
    return values


def pack_blocks(values: Floats) -> NDArray[np.uint8]:
    """Return values in 4-bit blocks; the inverse of `unpack_blocks` up to half a step of each block's scale."""
    blocks = values.reshape(len(values), -1, BLOCK_VALUES)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2, keepdims=True), axis=2)
    scales = (extreme / -_ZERO_STEP).astype("<f2")
    divisors = scales.astype(np.float32)
    divisors[divisors == 0] = 1
    steps = np.clip(np.round(blocks / divisors) + _ZERO_STEP, 0, 15).astype(np.uint8)
    half = BLOCK_VALUES // 2
    packed = np.concatenate([scales.view(np.uint8), steps[:, :, :half] | steps[:, :, half:] << 4], axis=2)
    return np.ascontiguousarray(packed).reshape(len(values), -1)
