"""Analysed text as values: terms of a passage, small enough to keep beside it in SQL, and terms of a question."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ANALYSIS_VERSION = 3
"""Raised whenever the same text would give other terms: blobs of another version are analysed again."""

_HEADER = struct.Struct("<BHIH")


class OutdatedTerms(ValueError):
    """A blob was written by another version of the analysis; analyse the text again."""


@dataclass(frozen=True, slots=True)
class PassageTerms:
    """Term counts of one passage.

    `hashes` (uint32, ascending, unique) and `counts` (uint8, weighted by field, so a multiple of the true count)
    have one entry per term; `length` is the number of words of the text field. A passage of table rows has these for
    each of its units in turn, `sizes` terms each: first what all rows share (heading, title, names of columns), then
    row by row. Without sizes it is one unit.
    """

    hashes: NDArray[np.uint32]
    counts: NDArray[np.uint8]
    length: int
    sizes: tuple[int, ...] = ()
    language: str = ""
    """The language the passage is in, kept beside the terms and not in their blob."""


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """Terms of a question: term i has `hashes[i]` and `weights[i]` and is a form of word `words[groups[i]]`.

    `codes` are the codes the question names, see `identifiers`; the last of `words` stand for them, one for each.
    """

    hashes: NDArray[np.uint32]
    weights: NDArray[np.float32]
    groups: NDArray[np.intp]
    words: tuple[str, ...]
    codes: tuple[str, ...] = ()


def pack_terms(terms: PassageTerms) -> bytes:
    """Return `terms` as bytes for storage: a header, four bytes of hash and one of count per term, two per unit."""
    header = _HEADER.pack(ANALYSIS_VERSION, terms.length, len(terms.hashes), len(terms.sizes))
    sizes = np.array(terms.sizes, dtype="<u2").tobytes()
    return header + terms.hashes.astype("<u4").tobytes() + terms.counts.tobytes() + sizes


def unpack_terms(blob: bytes) -> PassageTerms:
    """Return what `pack_terms` stored.

    Raises:
        OutdatedTerms: the blob is not of `ANALYSIS_VERSION`, or not a whole blob.
    """
    if len(blob) < _HEADER.size or blob[0] != ANALYSIS_VERSION:
        raise OutdatedTerms("terms of another analysis version")
    _, length, count, unit_count = _HEADER.unpack_from(blob)
    if len(blob) != _HEADER.size + 5 * count + 2 * unit_count:
        raise OutdatedTerms("terms cut short")
    hashes = np.frombuffer(blob, dtype="<u4", count=count, offset=_HEADER.size).astype(np.uint32, copy=False)
    counts = np.frombuffer(blob, dtype=np.uint8, count=count, offset=_HEADER.size + 4 * count)
    sizes = np.frombuffer(blob, dtype="<u2", count=unit_count, offset=_HEADER.size + 5 * count)
    return PassageTerms(hashes, counts, length, tuple(sizes.tolist()))
