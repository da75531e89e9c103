"""Several rankings made one."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragapp.core.ids import ChunkId


@dataclass(frozen=True, slots=True)
class FusedHit:
    """One id and its fused score; only the order within one result means something."""

    chunk_id: ChunkId
    score: float


def fuse_reciprocal_ranks(rankings: Sequence[Sequence[ChunkId]], *, k: int = 60, limit: int) -> list[FusedHit]:
    """Merge several ranked lists into one by reciprocal rank.

    A chunk's score is the sum of 1 / (k + rank) over the lists it appears in, ranks counted from 1. Only positions
    matter, so scores on different scales (cosine similarity, BM25) merge without calibration.

    Args:
        rankings: R lists of chunk ids, best first; lengths may differ; ids unique within a list. R >= 1.
        k: Damping constant, dimensionless, > 0. Larger values flatten the advantage of the top ranks.
        limit: Most hits to return, >= 1.

    Returns:
        At most `limit` hits, best first, ids unique; ties keep order of first appearance, so the result is
        deterministic.

    Raises:
        ValueError: `rankings` is empty, or `k` or `limit` is out of range.

    Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods", SIGIR 2009.
    """
    return fuse_weighted_ranks(rankings, [1.0] * len(rankings), k=k, limit=limit)


def fuse_weighted_ranks(
    rankings: Sequence[Sequence[ChunkId]], weights: Sequence[float], *, k: int = 60, limit: int
) -> list[FusedHit]:
    """Merge as `fuse_reciprocal_ranks`, list r counting `weights[r]` times.

    A list of weight 0 adds nothing, not even its ids.

    Args:
        rankings: R lists of chunk ids, best first, ids unique within a list. R >= 1.
        weights: R weights >= 0, dimensionless.
        k: Damping constant, > 0.
        limit: Most hits to return, >= 1.

    Raises:
        ValueError: no ranking, another number of weights, a negative weight, or `k` or `limit` out of range.
    """
    if not rankings or len(weights) != len(rankings) or min(weights) < 0:
        raise ValueError("one weight >= 0 for each of at least one ranking")
    if k <= 0 or limit < 1:
        raise ValueError("k must be above 0 and limit at least 1")
    scores: dict[ChunkId, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, chunk_id in enumerate(ranking if weight else (), start=1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + weight / (k + rank)
    ordered = sorted(scores.items(), key=lambda item: -item[1])
    return [FusedHit(chunk_id, score) for chunk_id, score in ordered[:limit]]
