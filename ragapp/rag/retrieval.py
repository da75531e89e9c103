"""From a question to ranked passages: embed, search both legs, fuse, read the text under the caller's scope.

Everything outside is handed in: the lexical indexes and a vector search of the knowledge bases the caller may read,
and the function that reads passages by id. Indexes give ids only; an id that does not resolve is dropped and counted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import merge
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ragapp.core.errors import Unavailable
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId
from ragapp.rag.analysis import analyse_question
from ragapp.rag.blending import EmbedderKind, blend, blend_across, share_across, vector_share
from ragapp.rag.fusion import FusedHit
from ragapp.rag.language import detect_language
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.matching import QuestionWords, question_words, tokens_of
from ragapp.rag.neighbours import lift_by_neighbours
from ragapp.rag.ports import Embedder, Vectors
from ragapp.rag.spelling import find_corrections, respell
from ragapp.rag.terms import QueryTerms
from ragapp.rag.types import Hit, Language
from ragapp.rag.typical_questions import TypicalQuestions
from ragapp.rag.vector_groups import share_vector_hits

_POOL = 50
_FILTERED_POOL = 500
_SPARE = 5
_NAMED_WEIGHT = 0.2

VectorSearch = Callable[[Vectors, int], Awaitable[list[Hit]]]
"""(question vector of shape (dimension,), limit) -> up to `limit` nearest hits of one knowledge base, best first."""

SearchAcross = Callable[[Vectors, Vectors, str, int], Awaitable[list[Hit]]]
"""(question vector, mean of questions in its language, another language, limit) -> the nearest passages in that
language, by the cosine of both without their language's mean, best first."""

LoadPassages = Callable[[Sequence[ChunkId]], Awaitable[Mapping[ChunkId, Passage]]]
"""ids -> those passages the caller may read; `rank` and the scores are filled in by `retrieve`."""


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """One knowledge base, ready to be searched.

    `carriers` tells of parts of big tables which chunk carries their vector; all others carry their own.
    """

    lexical: LexicalIndex
    search_vectors: VectorSearch
    search_across: SearchAcross | None = None
    carriers: Mapping[ChunkId, ChunkId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VectorLeg:
    """The embedder of the question and how far its vectors can be trusted."""

    embedder: Embedder
    kind: EmbedderKind
    typical: TypicalQuestions | None = None
    """What questions have in common; without it languages are not told apart."""
    real_words: Container[str] | None = None
    """Words in lower case that the model's vocabulary knows: no typing errors, see `spelling`."""


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
    `embedder` is the kind of the vector leg where it answered. `missing_codes` are codes the question names that no
    passage holds, see `identifiers`. `rarest` is the rarity of a word that no passage holds, `coverage` how much of the
    question the best passage holds by words. `question` is what was searched for, with the `corrections` of typing
    errors (typed word -> meant word) in it.
    `dropped_count` ids did not resolve; `vector_failed` says that the vector leg was wanted and could not answer.
    """

    language: Language
    passages: tuple[Passage, ...]
    query: QueryTerms
    rarity: NDArray[np.float64]
    embedder: EmbedderKind | None = None
    missing_codes: tuple[str, ...] = ()
    coverage: float = 0.0
    dropped_count: int = 0
    vector_failed: bool = False
    question: str = ""
    corrections: Mapping[str, str] = field(default_factory=dict)
    rarest: float = 0.0
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
    started = time.perf_counter()
    request, language, corrections = _spelled(request, sources, vector_leg)
    query = analyse_question(request.question, language)
    lexical = _search_words(request, sources, query)
    searched = time.perf_counter()
    vector = await _search_vectors(request, sources, vector_leg, language, lexical)
    embedded = time.perf_counter()
    coverage = _coverage(sources, query, lexical)
    share = vector_share(vector_leg.kind, language) if vector_leg else 0.0
    holders = _holders_of_codes(sources, query)
    blended = _blend(vector, lexical, _Finder(sources), share, coverage)
    blended = lift_by_neighbours(blended, language, sum(len(source.lexical) for source in sources))
    fused = _prefer_codes(blended, query, holders)
    candidates = fused[: request.limit + _SPARE]
    loaded = await load_passages([candidate.chunk_id for candidate in candidates]) if candidates else {}
    rarity = _rarity(sources, query)
    candidates = _prefer_named(candidates, loaded, question_words(query, rarity, language))
    return Retrieved(
        language=language,
        passages=_rank(candidates, loaded, vector.everything, lexical)[: request.limit],
        query=query,
        rarity=rarity,
        embedder=vector_leg.kind if vector_leg and vector.everything else None,
        missing_codes=_missing_codes(query, holders),
        coverage=coverage,
        dropped_count=sum(candidate.chunk_id not in loaded for candidate in candidates),
        vector_failed=vector.failed,
        question=request.question,
        corrections=corrections,
        rarest=min((source.lexical.highest_rarity() for source in sources if len(source.lexical)), default=0.0),
        timings_ms={
            "lexical": (searched - started) * 1000,
            "vector": (embedded - searched) * 1000,
            "load": (time.perf_counter() - embedded) * 1000,
        },
    )


def _spelled(
    request: RetrievalRequest, sources: Sequence[KnowledgeSource], leg: VectorLeg | None
) -> tuple[RetrievalRequest, Language, Mapping[str, str]]:
    """Return the request without typing errors, its language, and the corrections made."""
    language = request.language or detect_language(request.question)
    indexes = [source.lexical for source in sources if len(source.lexical)]
    real_words = leg.real_words if leg else None
    corrections = find_corrections(request.question, language, indexes, real_words) if indexes else {}
    if corrections:
        request = replace(request, question=respell(request.question, corrections))
        language = request.language or detect_language(request.question)
    return request, language, corrections


@dataclass(frozen=True, slots=True)
class _VectorHits:
    """Hits in the question's language (in all of them, where they are not told apart) and those in each other one."""

    hits: list[Hit]
    across: Mapping[str, list[Hit]] = field(default_factory=dict)
    failed: bool = False

    @property
    def everything(self) -> list[Hit]:
        return [*self.hits, *(hit for hits in self.across.values() for hit in hits)]


class _Finder:
    """Tells the language of a passage, wherever it is."""

    def __init__(self, sources: Sequence[KnowledgeSource]) -> None:
        self._indexes = [source.lexical for source in sources]

    def language_of(self, chunk_id: ChunkId) -> str:
        return next((found for index in self._indexes if (found := index.language_of(chunk_id))), "")


async def _search_vectors(
    request: RetrievalRequest,
    sources: Sequence[KnowledgeSource],
    leg: VectorLeg | None,
    language: Language,
    lexical: Sequence[Hit],
) -> _VectorHits:
    if leg is None or not request.use_vector or not sources:
        return _VectorHits([])
    foreign = _foreign_languages(sources, language) if leg.typical else {}
    shared = partial(share_vector_hits, lexical=lexical, carriers=[source.carriers for source in sources])
    try:
        vector = await leg.embedder.embed_question(request.question)
        mean = await leg.typical.mean(language) if leg.typical and foreign else None
        found = await asyncio.gather(*(source.search_vectors(vector, _pool(request)) for source in sources))
        if mean is None:
            return _VectorHits(shared(_best([_kept(request, hits) for hits in found])))
        across = {name: await _search_across(request, those, vector, mean, name) for name, those in foreign.items()}
    except Unavailable:
        if not request.use_lexical:
            raise
        return _VectorHits([], failed=True)
    finder = _Finder(sources)
    own = [[hit for hit in _kept(request, hits) if finder.language_of(hit.chunk_id) not in foreign] for hits in found]
    return _VectorHits(shared(_best(own)), {name: shared(hits) for name, hits in across.items()})


def _foreign_languages(sources: Sequence[KnowledgeSource], language: Language) -> dict[str, list[KnowledgeSource]]:
    """Return the sources that hold passages in each known language other than the question's."""
    if language is Language.OTHER:
        return {}
    others = {known.value for known in (Language.CROATIAN, Language.ENGLISH)} - {language.value}
    found = {other: [source for source in sources if _holds(source, other)] for other in others}
    return {other: held for other, held in found.items() if held}


def _holds(source: KnowledgeSource, language: str) -> bool:
    return source.search_across is not None and language in source.lexical.language_counts()


async def _search_across(
    request: RetrievalRequest, sources: Sequence[KnowledgeSource], vector: Vectors, mean: Vectors, language: str
) -> list[Hit]:
    searches = [source.search_across for source in sources if source.search_across]
    found = await asyncio.gather(*(search(vector, mean, language, _pool(request)) for search in searches))
    return _best([_kept(request, hits) for hits in found])


def _kept(request: RetrievalRequest, hits: Sequence[Hit]) -> list[Hit]:
    allowed = request.within or _everything
    return [hit for hit in hits if allowed(hit.chunk_id)]


def _blend(
    vector: _VectorHits, lexical: Sequence[Hit], finder: _Finder, share: float, coverage: float
) -> list[FusedHit]:
    limit = _POOL
    if not vector.across:
        return blend(vector.hits, lexical, share=share, limit=limit)
    by_language: dict[str, list[Hit]] = {name: [] for name in ("", *vector.across)}
    for hit in lexical:
        name = finder.language_of(hit.chunk_id)
        by_language[name if name in vector.across else ""].append(hit)
    own = blend(vector.hits, by_language[""], share=share, limit=limit)
    best = lexical[0].score if lexical else None
    foreign = [
        blend(hits, by_language[name], share=share_across(), limit=limit, best_by_words=best)
        for name, hits in vector.across.items()
    ]
    return blend_across(own, foreign, coverage=coverage, limit=limit)


def _coverage(sources: Sequence[KnowledgeSource], query: QueryTerms, lexical: Sequence[Hit]) -> float:
    """Return the best word score as a share of what a passage would get that holds the whole question."""
    possible = [source.lexical.best_possible(query) for source in sources if len(source.lexical)]
    return lexical[0].score / max(possible) if lexical and possible and max(possible) > 0 else 0.0


def _holders_of_codes(
    sources: Sequence[KnowledgeSource], query: QueryTerms
) -> Mapping[ChunkId, frozenset[str]]:
    if not query.codes:
        return {}
    return {chunk: codes for source in sources for chunk, codes in source.lexical.holders_of_codes(query).items()}


def _missing_codes(query: QueryTerms, holders: Mapping[ChunkId, frozenset[str]]) -> tuple[str, ...]:
    """Return the codes of a question that no passage holds, or all of them where no passage holds them together."""
    together = max(holders.values(), key=len, default=frozenset[str]())
    held = frozenset(code for codes in holders.values() for code in codes)
    missing = tuple(code for code in query.codes if code not in held)
    return missing or (query.codes if len(together) < len(query.codes) else ())


def _prefer_codes(
    fused: Sequence[FusedHit], query: QueryTerms, holders: Mapping[ChunkId, frozenset[str]]
) -> list[FusedHit]:
    """Put passages that hold the codes a question names before all others: a code says which one is meant."""
    if not holders:
        return list(fused)
    total = len(query.codes)
    shares = {hit.chunk_id: len(holders.get(hit.chunk_id, ())) / total for hit in fused}
    lifted = [FusedHit(hit.chunk_id, (hit.score + shares[hit.chunk_id]) / 2) for hit in fused]
    return sorted(lifted, key=lambda hit: -hit.score)


def _prefer_named(
    candidates: Sequence[FusedHit], loaded: Mapping[ChunkId, Passage], words: QuestionWords
) -> list[FusedHit]:
    """Tell near-duplicates apart by what the question names of their titles and headings: a year, a firm, a model."""
    scored = []
    for hit in candidates:
        passage = loaded.get(hit.chunk_id)
        names = tokens_of(f"{passage.document_title} {passage.heading}") if passage else []
        named = words.weigh(words.credits(names))
        scored.append(FusedHit(hit.chunk_id, (hit.score + _NAMED_WEIGHT * named) / (1 + _NAMED_WEIGHT)))
    return sorted(scored, key=lambda hit: -hit.score)


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
