"""Search: the passages of the caller's documents that fit a question best."""

import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import structlog

from ragapp.core.errors import FeatureDisabled, InvalidInput, NotFound
from ragapp.core.evidence import Passage
from ragapp.core.flags import Flag
from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId
from ragapp.core.scope import Origin, Permission, TenantScope, require
from ragapp.rag.ports import Vectors
from ragapp.rag.retrieval import KnowledgeSource, RetrievalRequest, Retrieved, VectorLeg, retrieve
from ragapp.rag.types import Hit, Language
from ragapp.services.retrieval.embedder_rollover import EmbedderRollover
from ragapp.services.retrieval.lexical_indexes import LexicalIndexes
from ragapp.services.retrieval.questions import clean_question
from ragapp.services.retrieval.search_tally import SearchTally
from ragapp.services.retrieval.vector_indexes import Contents, VectorIndexes
from ragapp.services.retrieval.withholding import ensure_role_holds
from ragapp.services.tenancy.flags import FlagService
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.rule_views import Operation
from ragapp.services.views import SearchRequest, SearchResult
from ragapp.store.store import Store

MAX_RESULTS = 50
_LANGUAGES = {"auto": None, "hr": Language.CROATIAN, "en": Language.ENGLISH}
_TAKEN_BACK = "A document this answer rests on was deleted, or your access to it was taken back. Ask again."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What retrieval brought, how many passages it chose from, whether more than words was looked at, and by whom."""

    retrieved: Retrieved
    searched_count: int
    is_advanced: bool = True
    leg: VectorLeg | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A search that was checked: what is wanted, and where it is looked for."""

    wanted: RetrievalRequest
    bases: Mapping[KnowledgeBaseId, int]
    is_advanced: bool


class SearchService:
    """Reads indexes for ids and SQL, under the caller's scope, for text."""

    def __init__(
        self,
        store: Store,
        vectors: VectorIndexes,
        lexical: LexicalIndexes,
        rollover: EmbedderRollover,
        flags: FlagService,
        limits: LimitService,
        tally: SearchTally,
        *,
        max_question_characters: int,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._lexical = lexical
        self._rollover = rollover
        self._flags = flags
        self._limits = limits
        self._tally = tally
        self._max_question_characters = max_question_characters

    async def search(self, scope: TenantScope, request: SearchRequest) -> SearchResult:
        """Return the best passages.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidInput: see the message.
            NotFound: a named knowledge base or document is not the caller's. RateLimited: too many for now.
            FeatureDisabled: only vectors were wanted, and they are switched off.
            Unavailable: only vectors were wanted and the embedder or index does not answer.
        """
        started = time.perf_counter()
        with self._store.precedence.question():
            prepared = await self._prepare(scope, request)
            await self._limits.admit(scope, Operation.SEARCH)
            found = await self._retrieve(scope, prepared)
        self._tally.count(scope)
        timings = {**found.retrieved.timings_ms, "total": (time.perf_counter() - started) * 1000}
        return SearchResult(
            language_detected=found.retrieved.language.value,
            passages=found.retrieved.passages,
            timings_ms={name: round(value, 2) for name, value in timings.items()},
            searched_count=found.searched_count,
        )

    async def find(self, scope: TenantScope, request: SearchRequest) -> Found:
        """Return the best passages with what is needed to judge them; it counts as no search of its own.

        Raises:
            As `search`.
        """
        async with self._in_turn(scope):
            return await self._retrieve(scope, await self._prepare(scope, request))

    @asynccontextmanager
    async def _in_turn(self, scope: TenantScope) -> AsyncIterator[None]:
        """Let what somebody asks go first, and what background work asks give way to it."""
        if scope.origin is Origin.TASK:
            await self._store.precedence.give_way()
            yield
        else:
            with self._store.precedence.question():
                yield

    async def _prepare(self, scope: TenantScope, request: SearchRequest) -> _Prepared:
        wanted = self._check(request)
        bases, documents = await self._resolve(scope, request)
        require(scope, Permission.SEARCH)
        is_advanced = await self._flags.is_on(scope, Flag.ADVANCED_RAG)
        if not is_advanced:
            if not request.use_lexical:
                raise FeatureDisabled("Searching by meaning is switched off. Search with words.")
            wanted = replace(wanted, use_vector=False)
        if documents is not None:
            wanted = replace(wanted, within=lambda chunk_id: chunk_id.partition(":")[0] in documents)
        return _Prepared(wanted, bases, is_advanced)

    async def _retrieve(self, scope: TenantScope, prepared: _Prepared) -> Found:
        leg = await self._rollover.choose(scope, prepared.bases)
        sources = [await self._source(scope, base, revision, leg) for base, revision in prepared.bases.items()]
        retrieved = await retrieve(
            prepared.wanted,
            sources=sources,
            vector_leg=leg,
            load_passages=partial(self._load, scope, prepared.bases),
        )
        if retrieved.dropped_count:
            _log.warning(
                "search.ids_dropped", tenant_id=scope.tenant_id, dropped_count=retrieved.dropped_count
            )
        return Found(retrieved, sum(len(source.lexical) for source in sources), prepared.is_advanced, leg)

    async def check(self, scope: TenantScope, request: SearchRequest) -> None:
        """Refuse what `find` would refuse, before anything is stored or streamed.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidInput, NotFound: as `search`.
        """
        self._check(request)
        if request.knowledge_base_ids is not None or request.document_ids is not None:
            await self._resolve(scope, request)

    async def ensure_readable(self, scope: TenantScope, document_ids: tuple[DocumentId, ...]) -> None:
        """Check that documents found a moment ago are still there and the caller's to read.

        Raises:
            NotFound: one of them is not.
        """
        async with self._store.read(scope) as tx:
            await ensure_role_holds(tx, scope)
            if await tx.documents.readable_among(document_ids) != set(document_ids):
                raise NotFound(_TAKEN_BACK)

    def _check(self, request: SearchRequest) -> RetrievalRequest:
        if request.language not in _LANGUAGES:
            raise InvalidInput('Use "auto", "hr" or "en".', details={"field": "language"})
        if not 1 <= request.max_results <= MAX_RESULTS:
            raise InvalidInput(f"Ask for 1 to {MAX_RESULTS} passages.", details={"field": "max_results"})
        if not (request.use_vector or request.use_lexical):
            raise InvalidInput("Switch on use_vector, use_lexical or both.", details={"field": "use_vector"})
        return RetrievalRequest(
            question=clean_question(request.text, self._max_question_characters),
            limit=request.max_results,
            language=_LANGUAGES[request.language],
            use_vector=request.use_vector,
            use_lexical=request.use_lexical,
        )

    async def _resolve(
        self, scope: TenantScope, request: SearchRequest
    ) -> tuple[Mapping[KnowledgeBaseId, int], frozenset[DocumentId] | None]:
        """Return the knowledge bases to search with their revisions, and the documents to keep to, if any."""
        async with self._store.read(scope) as tx:
            bases = await tx.knowledge_bases.get_revisions(request.knowledge_base_ids)
            if request.knowledge_base_ids is not None and len(bases) != len(set(request.knowledge_base_ids)):
                raise NotFound
            if request.document_ids is None:
                return bases, None
            rows = await tx.documents.list_by_ids(request.document_ids)
        documents = frozenset(DocumentId(row.id) for row in rows)
        if documents != frozenset(request.document_ids):
            raise NotFound
        homes = {row.knowledge_base_id for row in rows}
        return {base: revision for base, revision in bases.items() if base in homes}, documents

    async def _source(
        self, scope: TenantScope, base: KnowledgeBaseId, revision: int, leg: VectorLeg
    ) -> KnowledgeSource:
        lexical = await self._lexical.get(scope, base, revision)
        contents, fingerprint = Contents(revision, len(lexical)), leg.embedder.fingerprint

        async def search_vectors(vector: Vectors, limit: int) -> list[Hit]:
            return await self._vectors.query(
                scope, base, vector, limit=limit, contents=contents, fingerprint=fingerprint
            )

        async def search_across(vector: Vectors, mean: Vectors, language: str, limit: int) -> list[Hit]:
            return await self._vectors.query_across(
                scope, base, vector - mean, language=language, lexical=lexical, limit=limit, contents=contents
            )

        return KnowledgeSource(lexical, search_vectors, search_across, self._lexical.carriers(scope, base))

    async def _load(
        self, scope: TenantScope, bases: Collection[KnowledgeBaseId], chunk_ids: Sequence[ChunkId]
    ) -> Mapping[ChunkId, Passage]:
        async with self._store.read(scope) as tx:
            rows = await tx.chunks.list_current_passages(chunk_ids)
        return {
            ChunkId(row.chunk_id): Passage(
                rank=0,
                score=0.0,
                document_id=DocumentId(row.document_id),
                document_title=row.title,
                page=row.page,
                chunk_id=ChunkId(row.chunk_id),
                text=row.text,
                start=row.start,
                end=row.end,
                heading=row.heading,
                language=row.language,
                columns=tuple(row.column_names or ()),
                rows_start=row.rows_start,
            )
            for row in rows
            # An index may still hold what was moved elsewhere a moment ago.
            if row.knowledge_base_id in bases
        }
