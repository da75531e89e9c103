"""Measures retrieval and answers on a test set, through the same services everybody uses."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ragapp.core.errors import GeneratorUnavailable, InvalidInput
from ragapp.core.events import AnswerDone, PassagesFound
from ragapp.core.evidence import Passage
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import TenantScope
from ragapp.rag import metrics
from ragapp.rag.extractive import select_answer
from ragapp.rag.language import detect_language
from ragapp.services.chat.answers import AnswerService
from ragapp.services.library.documents import DocumentService
from ragapp.services.library.file_streams import stream_file
from ragapp.services.retrieval.search import SearchService
from ragapp.services.test_sets import Question, TestSet, holds_any, is_hit
from ragapp.services.upkeep.tasks import TaskService
from ragapp.services.views import QueryRequest, SearchRequest, UploadResult

_DEPTH = 10
_PROMISED_DEPTH = 5

Report = dict[str, dict[str, float]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question. `rank` is that of the first right passage, None beyond depth 10."""

    question: Question
    rank: int | None
    answer_rank: int | None
    refused: bool
    shown: str
    span: str
    confidence: float
    search_ms: float
    answer_ms: float


class EvaluationService:
    """Loads a corpus into the given tenant and asks every question."""

    def __init__(
        self, documents: DocumentService, tasks: TaskService, search: SearchService, answers: AnswerService
    ) -> None:
        self._documents = documents
        self._tasks = tasks
        self._search = search
        self._answers = answers

    async def evaluate(self, scope: TenantScope, test_set: TestSet, progress: Progress) -> Report:
        """Return measures by group: "all", languages of questions, "hr>en" (question over document), and kinds.

        Args:
            scope: A throw-away tenant; its documents are the corpus afterwards.
            test_set: What to load and ask.
            progress: Called with stage, done and total.

        Raises:
            InvalidInput: a file of the corpus cannot be read; the message names it.
        """
        corpus = await self._load(scope, test_set.files, progress)
        outcomes = []
        for number, question in enumerate(test_set.questions, start=1):
            outcomes.append(await self._ask(scope, question, corpus))
            progress("questions", number, len(test_set.questions))
        return _report(outcomes)

    async def _load(self, scope: TenantScope, files: Sequence[Path], progress: Progress) -> "_Corpus":
        uploads = [await self._documents.upload(scope, stream_file(path), filename=path.name) for path in files]
        corpus: _Corpus = {}
        for number, (path, upload) in enumerate(zip(files, uploads, strict=True), start=1):
            await self._wait(scope, upload)
            text = await self._documents.text(scope, upload.document.id)
            corpus[upload.document.id] = (path.stem, text.text)
            progress("documents", number, len(files))
        return corpus

    async def _wait(self, scope: TenantScope, upload: UploadResult) -> None:
        if upload.task_id is None:
            return
        async for task in self._tasks.follow(scope, upload.task_id):
            if task.status is TaskStatus.FAILED:
                reason = task.error.message if task.error else task.message
                raise InvalidInput(f"{upload.document.filename}: {reason}")

    async def _ask(self, scope: TenantScope, question: Question, corpus: "_Corpus") -> Outcome:
        history = await self._converse(scope, question)
        started = time.perf_counter()
        search = await self._search.search(scope, SearchRequest(text=question.text, max_results=_DEPTH))
        searched = time.perf_counter()
        answered, done = await self._answer(scope, question.text, history)
        # What a follow-up means stands in the conversation, which only the answer knows.
        passages = answered if history else search.passages
        right = [_is_right(question, passage, corpus) for passage in passages]
        holding = [ok and holds_any(found.text, question.accepted) for ok, found in zip(right, passages, strict=True)]
        return Outcome(
            question=question,
            rank=_first(right),
            answer_rank=_first(holding),
            refused=not done.summary.answerable,
            shown=done.text,
            span=_span(question, passages) if done.summary.answerable else "",
            confidence=done.summary.confidence,
            search_ms=(searched - started) * 1000,
            answer_ms=(time.perf_counter() - searched) * 1000,
        )

    async def _converse(self, scope: TenantScope, question: Question) -> tuple[tuple[str, str], ...]:
        """Ask the earlier questions of a conversation; return them with their answers."""
        history: tuple[tuple[str, str], ...] = ()
        for earlier in question.history:
            _, done = await self._answer(scope, earlier, history)
            history += ((earlier, done.text),)
        return history

    async def _answer(
        self, scope: TenantScope, text: str, history: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[Passage, ...], AnswerDone]:
        passages: tuple[Passage, ...] = ()
        async for event in self._answers.stream(scope, QueryRequest(text=text, history=history)):
            if isinstance(event, PassagesFound):
                passages = event.passages
            if isinstance(event, AnswerDone):
                return passages, event
        raise GeneratorUnavailable


_Corpus = dict[DocumentId, tuple[str, str]]
"""Document id -> file stem and extracted text."""


def _is_right(question: Question, passage: Passage, corpus: _Corpus) -> bool:
    stem, text = corpus[passage.document_id]
    return stem == question.document and is_hit(passage, text, question)


def _first(flags: Sequence[bool]) -> int | None:
    return next((rank for rank, flag in enumerate(flags, start=1) if flag), None)


def _span(question: Question, passages: Sequence[Passage]) -> str:
    """Return the shortest answer the extractive reader would give, for exact match and F1."""
    return select_answer(question.text, detect_language(question.text), passages).span


def _report(outcomes: Sequence[Outcome]) -> Report:
    groups: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for name in _groups_of(outcome.question):
            groups[name].append(outcome)
    return {name: _measure(members) for name, members in sorted(groups.items())}


def _groups_of(question: Question) -> Iterable[str]:
    pair = f"{question.language}>{question.document_language}"
    kind = question.kind if question.document_language else f"{question.language}/{question.kind}"
    return ("all", pair if question.document_language else question.language, kind)


def _measure(outcomes: Sequence[Outcome]) -> dict[str, float]:
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    ranks = [outcome.rank for outcome in answerable]
    refusal = metrics.refusal_quality(
        [outcome.question.answerable for outcome in outcomes], [outcome.refused for outcome in outcomes]
    )
    measured = {
        "questions": float(len(outcomes)),
        "hit@1": metrics.hit_at(ranks, 1),
        "hit@5": metrics.hit_at(ranks, 5),
        "hit@10": metrics.hit_at(ranks, 10),
        "mrr@10": metrics.mean_reciprocal_rank(ranks),
        "answer_in_top_5": metrics.hit_at([outcome.answer_rank for outcome in answerable], 5),
        "answer_shown": _mean(not o.refused and holds_any(o.shown, o.question.accepted) for o in answerable),
        "exact_match": _mean(metrics.exact_match(o.span, o.question.answer) for o in answerable),
        "f1": _mean(metrics.token_f1(o.span, o.question.answer) for o in answerable),
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
    return {name: round(value, 4) for name, value in measured.items()}


def _is_found(outcome: Outcome) -> bool:
    """Return whether what `confidence` promises is true: a passage with the answer is among the first five."""
    return outcome.rank is not None and outcome.rank <= _PROMISED_DEPTH


def _mean(values: Iterable[float]) -> float:
    numbers = [float(value) for value in values]
    return sum(numbers) / len(numbers) if numbers else 0.0
