"""How an answer comes about: search, judge the evidence, write, cite. Stores nothing and holds no transaction."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from ragapp.core.errors import Unavailable
from ragapp.core.events import (
    AnswerDone,
    AnswerEvent,
    AnswerFailed,
    AnswerSummary,
    PassagesFound,
    Stage,
    StageChanged,
    Support,
    TextDelta,
)
from ragapp.core.evidence import Passage, Source, Unsupported, source_url
from ragapp.core.ids import version_of
from ragapp.core.scope import TenantScope
from ragapp.rag.attribution import attribute
from ragapp.rag.citations import CitationStream
from ragapp.rag.closeness import measure_closeness
from ragapp.rag.confidence import Judgement, judge
from ragapp.rag.follow_ups import continues, in_context
from ragapp.rag.ports import Generator
from ragapp.rag.prompting import build_prompt, estimate_prompt_tokens, estimate_tokens, is_refusal, refusal
from ragapp.rag.quotes import find_excerpt
from ragapp.rag.spelling import respell
from ragapp.rag.support import find_unsupported
from ragapp.rag.tables import quotable
from ragapp.rag.types import GenerationRequest, Language, Turn
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.chat.watching import RECHECK_S
from ragapp.services.retrieval.search import Found, SearchService
from ragapp.services.views import QueryRequest, SearchRequest

_NEAREST = 3
_CLEAR = (Support.STRONG, Support.PARTIAL)
_JUDGED_PASSAGES = 10
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Clock:
    """Milliseconds per stage of one answer."""

    started: float
    timings_ms: dict[str, float]

    def mark(self, name: str) -> None:
        self.timings_ms[name] = round((time.perf_counter() - self.started) * 1000, 1)


class AnswerFlow:
    """Produces the events of one answer.

    Args:
        search: Finds passages under the asker's rights.
        generators: Chooses who writes.
        max_question_characters: Longest question accepted.
    """

    def __init__(self, search: SearchService, generators: GeneratorChoice, *, max_question_characters: int) -> None:
        self._search = search
        self._generators = generators
        self.max_question_characters = max_question_characters

    async def stream(
        self, scope: TenantScope, request: QueryRequest, history: Sequence[tuple[str, str]] = ()
    ) -> AsyncGenerator[AnswerEvent]:
        """Yield what happens; exactly one terminal event, last.

        Args:
            scope: Whose documents and rights.
            request: Question and options.
            history: Earlier (question, answer) pairs of the chat, oldest first.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidInput, NotFound, PermissionDenied, Unavailable: before the first
                passage; nothing was written yet.
            NotFound: later, when a document the answer rests on is not the asker's to read any more.
        """
        clock = _Clock(time.perf_counter(), {})
        yield StageChanged(Stage.SEARCHING)
        found, judgement, language = await self._find(scope, request, [question for question, _ in history])
        passages = found.retrieved.passages[: request.max_results]
        clock.mark("retrieval")
        yield StageChanged(Stage.SEARCHING, found.searched_count)
        yield PassagesFound(passages, found.retrieved.language.value)
        if not _is_enough(judgement, request.min_confidence) or not passages:
            clock.mark("total")
            yield TextDelta(refusal(language))
            meant = respell(request.text, found.retrieved.corrections)
            yield _refused(meant, passages, judgement, language, clock.timings_ms)
            return
        yield StageChanged(Stage.READING, len(passages))
        turns = tuple(Turn(question, answer) for question, answer in history)
        generation = GenerationRequest(request.text, language, passages, turns)
        documents, looked_at = tuple({passage.document_id for passage in passages}), time.monotonic()
        async with aclosing(self._write(generation, judgement, clock, found)) as events:
            async for event in events:
                if time.monotonic() - looked_at >= RECHECK_S:
                    await self._search.ensure_readable(scope, documents)
                    looked_at = time.monotonic()
                yield event

    async def check(self, scope: TenantScope, request: QueryRequest) -> None:
        """Refuse a question that cannot be searched for, before anything is stored or streamed.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidInput: see the message.
            NotFound: a named knowledge base or document is not the caller's.
        """
        await self._search.check(scope, _search_request(request))

    async def _find(
        self, scope: TenantScope, request: QueryRequest, earlier: Sequence[str]
    ) -> tuple[Found, Judgement, Language]:
        """Search for the question; where that finds little and the question says little, with the one before it."""
        found = await self._search.find(scope, _search_request(request))
        judgement, language = judge(found.retrieved), _answer_language(found)
        wider = in_context(request.text, earlier)
        goes_on = continues(request.text)
        is_clear = (judgement.support in _CLEAR and not goes_on) or not found.is_advanced
        if wider == request.text or is_clear or len(wider) > self.max_question_characters:
            return found, judgement, language
        found_wider = await self._search.find(scope, _search_request(replace(request, text=wider)))
        judgement_wider = judge(found_wider.retrieved)
        if judgement_wider.confidence <= judgement.confidence and not (goes_on and judgement_wider.answerable):
            return found, judgement, language
        return found_wider, judgement_wider, language

    async def _write(
        self, generation: GenerationRequest, judgement: Judgement, clock: _Clock, found: Found
    ) -> AsyncGenerator[AnswerEvent]:
        citations = CitationStream(generation.passages, generation.language, question=generation.question)
        generator = await self._generators.choose()
        generator_name = generator.name
        if not self._generators.is_model(generator_name):
            meant = respell(generation.question, found.retrieved.corrections)
            generation = replace(generation, question=meant, closeness=await _closeness(found, generation))
        try:
            async with aclosing(self._pieces(generator, generation)) as pieces:
                async for name, delta in pieces:
                    generator_name = name
                    for piece in citations.feed(delta):
                        if isinstance(piece, TextDelta) and "first_text" not in clock.timings_ms:
                            clock.mark("first_text")
                        yield piece
            for piece in citations.finish():
                yield piece
        except Unavailable as error:
            for piece in citations.finish():
                yield piece
            _log.warning("answer.generator_failed", generator=generator.name, code=error.code)
            yield AnswerFailed(error.code, error.user_message, citations.text, retry_after_s=5)
            return
        clock.mark("total")
        is_model = self._generators.is_model(generator_name)
        yield _written(citations, generation, judgement, generator_name, clock.timings_ms, is_model=is_model)

    async def _pieces(
        self, generator: Generator, generation: GenerationRequest
    ) -> AsyncGenerator[tuple[str, str]]:
        """Yield (generator name, text); another generator takes over if the first fails before its first word."""
        started = False
        try:
            async with aclosing(generator.stream(generation)) as deltas:
                async for delta in deltas:
                    started = True
                    yield generator.name, delta
        except Unavailable as error:
            substitute = self._generators.substitute(generator, error)
            if started or substitute is None:
                raise
            async with aclosing(substitute.stream(generation)) as deltas:
                async for delta in deltas:
                    yield substitute.name, delta


def _search_request(request: QueryRequest) -> SearchRequest:
    return SearchRequest(
        text=request.text,
        max_results=max(request.max_results, _JUDGED_PASSAGES),
        language=request.language,
        knowledge_base_ids=request.knowledge_base_ids,
        document_ids=request.document_ids,
    )


async def _closeness(found: Found, generation: GenerationRequest) -> Mapping[tuple[int, int], float]:
    """Return what helps to quote the right sentence of another language; nothing while the embedder is down."""
    if found.leg is None or found.retrieved.embedder is None:
        return {}
    question = found.retrieved.question
    try:
        return await measure_closeness(question, found.retrieved.language, generation.passages, found.leg)
    except Unavailable:
        return {}


def _answer_language(found: Found) -> Language:
    """Answer in the language of the question; where that is unclear, in that of the best passage."""
    detected = found.retrieved.language
    if detected is not Language.OTHER or not found.retrieved.passages:
        return detected
    best = found.retrieved.passages[0].language
    return Language(best) if best in set(Language) else Language.OTHER


def _is_enough(judgement: Judgement, min_confidence: float | None) -> bool:
    return judgement.answerable and (min_confidence is None or judgement.confidence >= min_confidence)


def _refused(
    question: str, passages: Sequence[Passage], judgement: Judgement, language: Language, timings_ms: dict[str, float]
) -> AnswerDone:
    nearest = tuple(_nearest(number, passage, question, language) for number, passage in enumerate(passages, start=1))
    summary = AnswerSummary(
        answerable=False,
        confidence=judgement.confidence,
        support=Support.NONE,
        language=language.value,
        generator="",
        sources=nearest[:_NEAREST],
        timings_ms=timings_ms,
    )
    return AnswerDone(refusal(language), summary)


def _nearest(number: int, passage: Passage, question: str, language: Language) -> Source:
    units = quotable(passage, language) if passage.columns else None
    start, end = find_excerpt(passage.text, question, language, units)
    first, last = passage.start + start, passage.start + end
    url = source_url(passage.document_id, passage.page, first, last, version_of(passage.chunk_id))
    return Source(number, passage, passage.text[start:end], first, last, url)


def _written(
    citations: CitationStream,
    generation: GenerationRequest,
    judgement: Judgement,
    generator_name: str,
    timings_ms: dict[str, float],
    *,
    is_model: bool,
) -> AnswerDone:
    refused = is_refusal(citations.text)
    sources = citations.sources
    if is_model and not sources:
        sources = attribute(citations.text, generation.language, generation.passages)
    if refused:
        sources = tuple(
            _nearest(number, passage, generation.question, generation.language)
            for number, passage in enumerate(generation.passages[:_NEAREST], start=1)
        )
    unsupported = _unsupported(citations.text, generation, sources) if is_model and not refused else ()
    summary = AnswerSummary(
        answerable=not refused,
        confidence=judgement.confidence,
        support=_support(judgement, refused=refused, has_unsupported=bool(unsupported)),
        language=generation.language.value,
        generator=generator_name,
        sources=sources,
        dropped_marker_count=citations.dropped_marker_count,
        tokens_in=estimate_prompt_tokens(build_prompt(generation)) if is_model else 0,
        tokens_out=estimate_tokens(citations.text) if is_model else 0,
        unsupported=unsupported,
        timings_ms=timings_ms,
    )
    return AnswerDone(citations.text, summary)


def _support(judgement: Judgement, *, refused: bool, has_unsupported: bool) -> Support:
    """Return how well the documents support what was written; never strongly where a detail is in none."""
    if refused:
        return Support.NONE
    return Support.PARTIAL if has_unsupported and judgement.support is Support.STRONG else judgement.support


def _unsupported(text: str, generation: GenerationRequest, sources: Sequence[Source]) -> tuple[Unsupported, ...]:
    """Return what the sources do not hold; of an answer without any, what no passage that was read does."""
    read = [Source(n, passage, "", 0, 0, "") for n, passage in enumerate(generation.passages, start=1)]
    return find_unsupported(text, generation.language, sources or read, generation.question)
