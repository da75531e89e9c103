"""From a question to ranked passages: embed, search both legs, fuse, read the text under the caller's scope.

Everything outside is handed in: the lexical indexes and a vector search of the knowledge bases the caller may read,
and the function that reads passages by id. Indexes give ids only; an id that does not resolve is dropped and counted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ragapp.core.errors import Unavailable
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId
from ragapp.rag.analysis import analyse_question
from ragapp.rag.blending import EmbedderKind, blend, vector_share
from ragapp.rag.fusion import FusedHit
from ragapp.rag.language import detect_language
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.ports import Embedder, Vectors
from ragapp.rag.terms import QueryTerms
from ragapp.rag.types import Hit, Language
from ragapp.rag.vector_groups import share_vector_hits

_POOL = 50
_FILTERED_POOL = 500
_SPARE = 5

VectorSearch = Callable[[Vectors, int], Awaitable[list[Hit]]]
"""(question vector of shape (dimension,), limit) -> up to `limit` nearest hits of one knowledge base, best first."""

LoadPassages = Callable[[Sequence[ChunkId]], Awaitable[Mapping[ChunkId, Passage]]]
"""ids -> those passages the caller may read; `rank` and the scores are filled in by `retrieve`."""


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """One knowledge base, ready to be searched.

    `carriers` tells of parts of big tables which chunk carries their vector; all others carry their own.
    """

    lexical: LexicalIndex
    search_vectors: VectorSearch
    carriers: Mapping[ChunkId, ChunkId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VectorLeg:
    """The embedder of the question and how far its vectors can be trusted."""

    embedder: Embedder
    kind: EmbedderKind


@dataclass(frozen=True, slots=True)
class RetrievalRequest:
    """What to look for. `language` None detects it; `within` keeps only chunk ids for which it is true."""

    question: str
    limit: int = 5
    language: Language | None = None
    use_vector: bool = True
    use_lexical: bool = True
    within: Callable[[ChunkId], bool] | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, best first, and what `confidence` needs to judge it.

    `query` and `rarity` (shape (len(query.words),)) describe the question's words against everything searched.
    `embedder` is the kind of the vector leg where it answered.
    `dropped_count` ids did not resolve; `vector_failed` says that the vector leg was wanted and could not answer.
    """

    language: Language
    passages: tuple[Passage, ...]
    query: QueryTerms
    rarity: NDArray[np.float64]
    embedder: EmbedderKind | None = None
    dropped_count: int = 0
    vector_failed: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)


async def retrieve(
    request: RetrievalRequest,
    *,
    sources: Sequence[KnowledgeSource],
    vector_leg: VectorLeg | None,
    load_passages: LoadPassages,
) -> Retrieved:
    """Return the passages that fit a question best.

    Args:
        request: Question and switches. `limit` >= 1.
        sources: The knowledge bases to search; none gives no passages.
        vector_leg: None searches by words only.
        load_passages: Reads passages under the caller's scope; asked once, for the fused candidates in order.

    Returns:
        At most `limit` passages with rank from 1, fused score in [0, 1], and the score of each leg.

    Raises:
        Unavailable: the vector leg cannot answer and the lexical leg is switched off. With both on, the lexical leg
            answers alone and `vector_failed` says so.
    """
    language = request.language or detect_language(request.question)
    query = analyse_question(request.question, language)
    started = time.perf_counter()
    lexical = _search_words(request, sources, query)
    searched = time.perf_counter()
    vector = await _search_vectors(request, sources, vector_leg, lexical)
    embedded = time.perf_counter()
    share = vector_share(vector_leg.kind, language) if vector_leg else 0.0
    candidates = blend(vector.hits, lexical, share=share, limit=request.limit + _SPARE)
    loaded = await load_passages([candidate.chunk_id for candidate in candidates]) if candidates else {}
    return Retrieved(
        language=language,
        passages=_rank(candidates, loaded, vector.hits, lexical)[: request.limit],
        query=query,
        rarity=_rarity(sources, query),
        embedder=vector_leg.kind if vector_leg and vector.hits else None,
        dropped_count=sum(candidate.chunk_id not in loaded for candidate in candidates),
        vector_failed=vector.failed,
        timings_ms={
            "lexical": (searched - started) * 1000,
            "vector": (embedded - searched) * 1000,
            "load": (time.perf_counter() - embedded) * 1000,
        },
    )


@dataclass(frozen=True, slots=True)
class _VectorHits:
    hits: list[Hit]
    failed: bool = False


async def _search_vectors(
    request: RetrievalRequest, sources: Sequence[KnowledgeSource], leg: VectorLeg | None, lexical: Sequence[Hit]
) -> _VectorHits:
    if leg is None or not request.use_vector or not sources:
        return _VectorHits([])
    try:
        vector = await leg.embedder.embed_question(request.question)
        found = await asyncio.gather(*(source.search_vectors(vector, _pool(request)) for source in sources))
    except Unavailable:
        if not request.use_lexical:
            raise
        return _VectorHits([], failed=True)
    allowed = request.within or _everything
    best = _best([[hit for hit in hits if allowed(hit.chunk_id)] for hits in found])
    return _VectorHits(share_vector_hits(best, lexical, [source.carriers for source in sources]))


def _search_words(request: RetrievalRequest, sources: Sequence[KnowledgeSource], query: QueryTerms) -> list[Hit]:
    if not request.use_lexical:
        return []
    return _best([source.lexical.search(query, limit=_POOL, within=request.within) for source in sources])


def _best(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    return list(islice(merge(*rankings, key=lambda hit: -hit.score), _POOL))


def _pool(request: RetrievalRequest) -> int:
    return _FILTERED_POOL if request.within else _POOL


def _everything(_: ChunkId) -> bool:
    return True


def _rank(
    candidates: Sequence[FusedHit], loaded: Mapping[ChunkId, Passage], vector: Sequence[Hit], lexical: Sequence[Hit]
) -> tuple[Passage, ...]:
    similarities = {hit.chunk_id: hit.score for hit in vector}
    word_scores = {hit.chunk_id: hit.score for hit in lexical}
    found = [candidate for candidate in candidates if candidate.chunk_id in loaded]
    return tuple(
        replace(
            loaded[candidate.chunk_id],
            rank=rank,
            score=candidate.score,
            vector_score=similarities.get(candidate.chunk_id),
            lexical_score=word_scores.get(candidate.chunk_id),
        )
        for rank, candidate in enumerate(found, start=1)
    )


def _rarity(sources: Sequence[KnowledgeSource], query: QueryTerms) -> NDArray[np.float64]:
    """Return how much each word tells: where several knowledge bases are searched, by the one that knows it best."""
    rarities = [source.lexical.rarity(query) for source in sources if len(source.lexical)]
    return np.min(rarities, axis=0) if rarities else np.ones(len(query.words))
