"""Asks a question through search and answers, and turns what comes into measures: of test sets and of own questions."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from statistics import median

from ragapp.core.errors import GeneratorUnavailable
from ragapp.core.events import AnswerDone, AnswerEvent, PassagesFound
from ragapp.core.evidence import Passage
from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.scope import TenantScope
from ragapp.rag import metrics
from ragapp.services.retrieval.search import Found
from ragapp.services.views import QueryRequest, SearchRequest

DEPTH = 10
_PROMISED_DEPTH = 5

Find = Callable[[TenantScope, SearchRequest], Awaitable[Found]]
Stream = Callable[[TenantScope, QueryRequest], AsyncGenerator[AnswerEvent]]
History = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came for one question: the best passages, at most `DEPTH`, and the answer; durations in milliseconds."""

    passages: tuple[Passage, ...]
    done: AnswerDone
    search_ms: float
    answer_ms: float

    @property
    def is_refused(self) -> bool:
        """Return whether the answer is that the documents do not say."""
        return not self.done.summary.answerable


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question. `rank` is that of the first right passage, None beyond depth 10.

    `is_shown`: the right answer was shown, which for a question without an answer never happens.
    """

    is_answerable: bool
    rank: int | None
    is_refused: bool
    is_shown: bool
    confidence: float
    search_ms: float
    answer_ms: float

    @property
    def is_right(self) -> bool:
        """Return whether the reader was served: the right answer shown, or rightly refused."""
        return self.is_shown if self.is_answerable else self.is_refused

    @property
    def reciprocal_rank(self) -> float:
        """Return 1 / rank, 0 where no right passage was found."""
        return 1 / self.rank if self.rank else 0.0


class QuestionAsker:
    """Asks as everybody asks.

    Args:
        find: Finds passages.
        stream: Answers.
    """

    def __init__(self, find: Find, stream: Stream) -> None:
        self._find = find
        self._stream = stream

    async def ask(
        self,
        scope: TenantScope,
        text: str,
        *,
        history: History = (),
        knowledge_base_ids: tuple[KnowledgeBaseId, ...] | None = None,
    ) -> Asked:
        """Search for a question and have it answered.

        Raises:
            Unavailable: something it takes is down. Otherwise as `SearchService.find`.
        """
        started = time.perf_counter()
        request = SearchRequest(text=text, max_results=DEPTH, knowledge_base_ids=knowledge_base_ids)
        found = await self._find(scope, request)
        searched = time.perf_counter()
        query = QueryRequest(text=text, history=history, knowledge_base_ids=knowledge_base_ids)
        answered, done = await self.answer(scope, query)
        return Asked(
            # What a follow-up means stands in the conversation, which only the answer knows.
            passages=answered if history else found.retrieved.passages,
            done=done,
            search_ms=(searched - started) * 1000,
            answer_ms=(time.perf_counter() - searched) * 1000,
        )

    async def answer(self, scope: TenantScope, query: QueryRequest) -> tuple[tuple[Passage, ...], AnswerDone]:
        """Have a question answered; return what the answer was written from, and the answer.

        Raises:
            GeneratorUnavailable: it broke off.
        """
        passages: tuple[Passage, ...] = ()
        async with aclosing(self._stream(scope, query)) as events:
            async for event in events:
                if isinstance(event, PassagesFound):
                    passages = event.passages
                if isinstance(event, AnswerDone):
                    return passages, event
        raise GeneratorUnavailable


def first_rank(flags: Sequence[bool]) -> int | None:
    """Return the rank, from 1, of the first passage that is right."""
    return next((rank for rank, flag in enumerate(flags, start=1) if flag), None)


def measure(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the measures of at least one outcome: shares in [0, 1], counts, milliseconds."""
    answerable = [outcome for outcome in outcomes if outcome.is_answerable]
    ranks = [outcome.rank for outcome in answerable]
    refusal = metrics.refusal_quality(
        [outcome.is_answerable for outcome in outcomes], [outcome.is_refused for outcome in outcomes]
    )
    measured = {
        "questions": float(len(outcomes)),
        "hit@1": metrics.hit_at(ranks, 1),
        "hit@5": metrics.hit_at(ranks, 5),
        "hit@10": metrics.hit_at(ranks, 10),
        "mrr@10": metrics.mean_reciprocal_rank(ranks),
        "answer_shown": mean(outcome.is_shown for outcome in answerable),
        "refusal_precision": refusal.precision,
        "refusal_recall": refusal.recall,
        "refusal_f1": refusal.f1,
        "wrongly_refused": refusal.wrongly_refused,
        "calibration_error": metrics.expected_calibration_error(
            [outcome.confidence for outcome in outcomes], [_is_found(outcome) for outcome in outcomes]
        ),
        "search_ms_p50": median(outcome.search_ms for outcome in outcomes),
        "answer_ms_p50": median(outcome.answer_ms for outcome in outcomes),
    }
    return rounded(measured)


def rounded(measured: dict[str, float]) -> dict[str, float]:
    """Return measures with four decimals."""
    return {name: round(value, 4) for name, value in measured.items()}


def mean(values: Iterable[float]) -> float:
    """Return the mean, 0 of nothing."""
    numbers = [float(value) for value in values]
    return sum(numbers) / len(numbers) if numbers else 0.0


def _is_found(outcome: Outcome) -> bool:
    """Return whether what `confidence` promises is true: a passage with the answer is among the first five."""
    return outcome.rank is not None and outcome.rank <= _PROMISED_DEPTH
