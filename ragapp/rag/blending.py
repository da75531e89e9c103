"""Two legs, one order: how far each is trusted, and their scores on one scale.

Passages in another language than the question are blended among themselves, since neither their words nor their
cosines compare with those in its language, and take their place by how little the words of the question say there.

Reciprocal ranks choose the candidates; among them the distances between scores tell more than the ranks (English
test set: hit@1 0.94 against 0.92), so the final order is by relative score.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from ragapp.core.ids import ChunkId
from ragapp.rag.fusion import FusedHit, fuse_weighted_ranks
from ragapp.rag.types import Hit, Language

_FLOOR_RANK = 20
_SHARE_ACROSS = 0.85
_SILENT, _SPEAKING = 0.3, 0.6
_WEIGHT_IF_SILENT, _WEIGHT_IF_SPEAKING = 1.1, 0.6


class EmbedderKind(StrEnum):
    """What the vectors of an embedder mean outside English."""

    ENGLISH = "english"
    MULTILINGUAL = "multilingual"
    E5 = "e5"


_ENGLISH_ONLY_NAMES = ("all-minilm", "all-mpnet", "-en", "nomic-embed-text", "msmarco", "multi-qa", "e5-base-v2")

_VECTOR_SHARES: Mapping[EmbedderKind, Mapping[Language, float]] = {
    EmbedderKind.ENGLISH: {Language.ENGLISH: 0.5, Language.CROATIAN: 0.05, Language.OTHER: 0.3},
    EmbedderKind.MULTILINGUAL: {Language.ENGLISH: 0.5, Language.CROATIAN: 0.6, Language.OTHER: 0.6},
    EmbedderKind.E5: {Language.ENGLISH: 0.5, Language.CROATIAN: 0.3, Language.OTHER: 0.5},
}


def embedder_kind(model_name: str) -> EmbedderKind:
    """Return what a model of this name can do, by the names of well-known English-only models."""
    name = model_name.casefold()
    if "multilingual-e5" in name:
        return EmbedderKind.E5
    english = "multilingual" not in name and any(part in name for part in _ENGLISH_ONLY_NAMES)
    return EmbedderKind.ENGLISH if english else EmbedderKind.MULTILINGUAL


def vector_share(kind: EmbedderKind, language: Language) -> float:
    """Return the weight of the vector leg in [0, 1] for a question in `language`; the lexical leg has the rest.

    Source: shares of the English-only kind measured with all-MiniLM-L6-v2 on ../shared/eval by
    benchmarks/quality_lab.py; those of the multilingual kind follow the published BGE-M3 to BM25 ratios on Serbian
    (NanoBEIR) and are not measured here.
    """
    return _VECTOR_SHARES[kind][language]


def blend(
    vector: Sequence[Hit], lexical: Sequence[Hit], *, share: float, limit: int, best_by_words: float | None = None
) -> list[FusedHit]:
    """Merge the hits of both legs into one order.

    Args:
        vector: Hits by cosine similarity, best first.
        lexical: Hits by BM25, best first.
        share: Weight of the vector leg in [0, 1]; with one leg empty the other decides alone.
        limit: Most hits to return, >= 1.
        best_by_words: What the word scores are compared with; None takes the best of `lexical`.

    Returns:
        Hits, best first, scores in [0, 1]: the weighted mean of the relative scores of both legs, see
        `relative_scores`.
    """
    weight = 1.0 if not lexical else 0.0 if not vector else share
    rankings = [[hit.chunk_id for hit in leg] for leg in (vector, lexical)]
    pool = fuse_weighted_ranks(rankings, [weight, 1 - weight], limit=max(limit, len(vector), len(lexical), 1))
    by_vector, by_words = relative_scores(vector, floor_rank=_FLOOR_RANK), relative_scores(lexical)
    if lexical and best_by_words:
        by_words = {hit.chunk_id: hit.score / best_by_words for hit in lexical}
    scored = [
        FusedHit(hit.chunk_id, weight * by_vector.get(hit.chunk_id, 0) + (1 - weight) * by_words.get(hit.chunk_id, 0))
        for hit in pool
    ]
    return sorted(scored, key=lambda hit: -hit.score)[:limit]


def blend_across(
    own: Sequence[FusedHit], foreign: Sequence[Sequence[FusedHit]], *, coverage: float, limit: int
) -> list[FusedHit]:
    """Merge passages in the question's language with those in others, each language blended on its own scale.

    Args:
        own: From `blend`, passages in the language of the question.
        foreign: From `blend` with `share_across`, one list for each other language.
        coverage: How much of the question the best passage holds by words, see `LexicalIndex.best_possible`: about 0.7
            for a question that its own language answers, below 0.4 for most that another one does.
        limit: Most hits to return, >= 1.

    Returns:
        Hits, best first, scores in [0, 1].
    """
    speaking = min(1.0, max(0.0, (coverage - _SILENT) / (_SPEAKING - _SILENT)))
    weight = _WEIGHT_IF_SILENT + speaking * (_WEIGHT_IF_SPEAKING - _WEIGHT_IF_SILENT) if own else 1.0
    highest = max(1.0, weight)
    scored = [FusedHit(hit.chunk_id, hit.score / highest) for hit in own]
    scored += [FusedHit(hit.chunk_id, hit.score * weight / highest) for hits in foreign for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)[:limit]


def share_across() -> float:
    """Return the weight of the vector leg where question and passage differ in language: only names are words there."""
    return _SHARE_ACROSS


def relative_scores(hits: Sequence[Hit], *, floor_rank: int | None = None) -> dict[ChunkId, float]:
    """Return each hit's score as a share of the way from the floor to the best, in [0, 1].

    The floor is the score at `floor_rank` (or of the last hit), None means 0. A cosine similarity has no natural
    zero and every model its own range; the crowd further down shows what "unrelated" looks like for this question.
    """
    if not hits:
        return {}
    best = hits[0].score
    floor = 0.0 if floor_rank is None or len(hits) == 1 else hits[min(floor_rank, len(hits)) - 1].score
    spread = best - floor
    return {hit.chunk_id: max(0.0, (hit.score - floor) / spread) if spread > 0 else 1.0 for hit in hits}
