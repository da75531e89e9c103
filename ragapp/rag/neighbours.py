"""What stands next to a passage speaks for it: match small, read big.

Of the articles of a law, or the paragraphs of rules, those about one subject stand together: a passage that was found
beside another one that was found is more probably meant than one that was found alone. In a library of a few passages
everything stands beside something found, so there it says little.
"""

from collections.abc import Iterator, Mapping, Sequence

from ragapp.core.ids import ChunkId
from ragapp.rag.fusion import FusedHit
from ragapp.rag.types import Language

# English questions lose by it: their own words tell more (docs/quality.md).
_WEIGHTS: Mapping[Language, float] = {Language.CROATIAN: 0.4}


def lift_by_neighbours(hits: Sequence[FusedHit], language: Language, searched_count: int) -> list[FusedHit]:
    """Add to each passage's score a share of that of the better one of the two passages beside it.

    Args:
        hits: Candidates, scores in [0, 1].
        language: Of the question.
        searched_count: How many passages there are in all.

    Returns:
        The same passages, best first, scores in [0, 1].
    """
    weight = _WEIGHTS.get(language, 0.0) * max(0.0, 1.0 - len(hits) / max(1, searched_count))
    if not weight:
        return list(hits)
    scores = {hit.chunk_id: hit.score for hit in hits}
    lifted = [
        FusedHit(hit.chunk_id, (hit.score + weight * _best_beside(hit.chunk_id, scores)) / (1 + weight)) for hit in hits
    ]
    return sorted(lifted, key=lambda hit: -hit.score)


def _best_beside(chunk_id: ChunkId, scores: Mapping[ChunkId, float]) -> float:
    return max((scores.get(beside, 0.0) for beside in _beside(chunk_id)), default=0.0)


def _beside(chunk_id: ChunkId) -> Iterator[ChunkId]:
    document, _, ordinal = chunk_id.rpartition(":")
    if ordinal.isdigit():
        yield ChunkId(f"{document}:{int(ordinal) - 1}")
        yield ChunkId(f"{document}:{int(ordinal) + 1}")
