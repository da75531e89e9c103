"""Inverted lists as flat arrays: build, merge, look up. `lexical` puts BM25 on top."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ragapp.rag.terms import PassageTerms

_MERGE_FACTOR = 2


@dataclass(frozen=True, slots=True)
class Segment:
    """Immutable inverted lists: the postings of `terms[i]` are `slots` and `counts` at [offsets[i], offsets[i + 1]).

    `terms` (uint32) ascend; slots (int32) ascend within a term and number units across all segments of an index.
    """

    terms: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    slots: NDArray[np.int32]
    counts: NDArray[np.uint8]

    @property
    def size_bytes(self) -> int:
        """Memory held by the arrays."""
        return self.terms.nbytes + self.offsets.nbytes + self.slots.nbytes + self.counts.nbytes


@dataclass(frozen=True, slots=True)
class Postings:
    """Matches of some terms: posting i says that term number `terms[i]` is in unit `slots[i]`, `counts[i]` times."""

    terms: NDArray[np.intp]
    slots: NDArray[np.int32]
    counts: NDArray[np.uint8]


def unit_count(passage: PassageTerms) -> int:
    """Return how many units, hence slots, a passage has."""
    return len(passage.sizes) or 1


def build_segment(passages: Sequence[PassageTerms], first_slot: int) -> Segment:
    """Return the lists of the units of `passages`, numbered from `first_slot`."""
    sizes = [size for passage in passages for size in passage.sizes or (len(passage.hashes),)]
    return _sorted_segment(
        np.concatenate([passage.hashes for passage in passages]),
        np.repeat(np.arange(first_slot, first_slot + len(sizes), dtype=np.int32), sizes),
        np.concatenate([passage.counts for passage in passages]),
    )


def merge_tail(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Merge last segments while the one before is not twice as large: O(log n) segments, O(log n) moves per posting."""
    while len(segments) > 1 and len(segments[-2].slots) < _MERGE_FACTOR * len(segments[-1].slots):
        segments = (*segments[:-2], _merge(segments[-2:]))
    return segments


def keep_slots(segments: Sequence[Segment], alive: NDArray[np.bool_]) -> Segment:
    """Return one segment without the dead slots, the living renumbered from 0 in order."""
    merged = _merge(segments)
    kept = alive[merged.slots]
    renumbered = (np.cumsum(alive, dtype=np.int32) - 1).astype(np.int32)
    terms = np.repeat(merged.terms, np.diff(merged.offsets))
    return _sorted_segment(terms[kept], renumbered[merged.slots[kept]], merged.counts[kept])


def look_up(segments: Sequence[Segment], hashes: NDArray[np.uint32]) -> Postings:
    """Return every posting of `hashes`; `terms` of the result index into `hashes`."""
    found = [_look_up_one(segment, hashes) for segment in segments]
    return Postings(
        terms=np.concatenate([np.empty(0, np.intp), *(postings.terms for postings in found)]),
        slots=np.concatenate([np.empty(0, np.int32), *(postings.slots for postings in found)]),
        counts=np.concatenate([np.empty(0, np.uint8), *(postings.counts for postings in found)]),
    )


def posting_counts(segments: Sequence[Segment], hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return how many postings each of `hashes` has, without reading them."""
    total = np.zeros(len(hashes), dtype=np.int64)
    for segment in segments:
        places = np.searchsorted(segment.terms, hashes)
        places[places == len(segment.terms)] = 0
        if len(segment.terms):
            total += np.where(segment.terms[places] == hashes, segment.offsets[places + 1] - segment.offsets[places], 0)
    return total


def _look_up_one(segment: Segment, hashes: NDArray[np.uint32]) -> Postings:
    places = np.searchsorted(segment.terms, hashes)
    places[places == len(segment.terms)] = 0
    numbers = np.flatnonzero(segment.terms[places] == hashes) if len(segment.terms) else np.empty(0, np.intp)
    starts = segment.offsets[places[numbers]]
    sizes = segment.offsets[places[numbers] + 1] - starts
    before = np.cumsum(sizes) - sizes
    rows = np.repeat(starts - before, sizes) + np.arange(sizes.sum())
    return Postings(np.repeat(numbers, sizes), segment.slots[rows], segment.counts[rows])


def _merge(segments: Sequence[Segment]) -> Segment:
    return _sorted_segment(
        np.concatenate([np.repeat(segment.terms, np.diff(segment.offsets)) for segment in segments]),
        np.concatenate([segment.slots for segment in segments]),
        np.concatenate([segment.counts for segment in segments]),
    )


def _sorted_segment(terms: NDArray[np.uint32], slots: NDArray[np.int32], counts: NDArray[np.uint8]) -> Segment:
    order = np.argsort(terms, kind="stable")
    unique, sizes = np.unique(terms, return_counts=True)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
    return Segment(unique.astype(np.uint32), offsets, slots[order], counts[order])
