"""Measures retrieval and answers on a test set, through the same services everybody uses."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ragapp.core.errors import InvalidInput
from ragapp.core.evidence import Passage
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import TenantScope
from ragapp.rag import metrics
from ragapp.rag.extractive import select_answer
from ragapp.rag.language import detect_language
from ragapp.services.library.documents import DocumentService
from ragapp.services.library.file_streams import stream_file
from ragapp.services.quality.measuring import Asked, History, Outcome, QuestionAsker, first_rank, mean, measure, rounded
from ragapp.services.test_sets import Question, TestSet, holds_any, is_hit
from ragapp.services.upkeep.tasks import TaskService
from ragapp.services.views import QueryRequest, UploadResult

Report = dict[str, dict[str, float]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Answered:
    """What became of one question of a set. `answer_rank`: the first right passage that holds the answer."""

    question: Question
    outcome: Outcome
    answer_rank: int | None
    span: str


class EvaluationService:
    """Loads a corpus into the given tenant and asks every question."""

    def __init__(self, documents: DocumentService, tasks: TaskService, asker: QuestionAsker) -> None:
        self._documents = documents
        self._tasks = tasks
        self._asker = asker

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
        answered = []
        for number, question in enumerate(test_set.questions, start=1):
            answered.append(await self._ask(scope, question, corpus))
            progress("questions", number, len(test_set.questions))
        return _report(answered)

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

    async def _ask(self, scope: TenantScope, question: Question, corpus: "_Corpus") -> _Answered:
        history = await self._converse(scope, question)
        asked = await self._asker.ask(scope, question.text, history=history)
        right = [_is_right(question, passage, corpus) for passage in asked.passages]
        holding = [
            ok and holds_any(found.text, question.accepted) for ok, found in zip(right, asked.passages, strict=True)
        ]
        return _Answered(
            question=question,
            outcome=_outcome(question, asked, first_rank(right)),
            answer_rank=first_rank(holding),
            span="" if asked.is_refused else _span(question, asked.passages),
        )

    async def _converse(self, scope: TenantScope, question: Question) -> History:
        """Ask the earlier questions of a conversation; return them with their answers."""
        history: History = ()
        for earlier in question.history:
            _, done = await self._asker.answer(scope, QueryRequest(text=earlier, history=history))
            history += ((earlier, done.text),)
        return history


_Corpus = dict[DocumentId, tuple[str, str]]
"""Document id -> file stem and extracted text."""


def _is_right(question: Question, passage: Passage, corpus: _Corpus) -> bool:
    stem, text = corpus[passage.document_id]
    return stem == question.document and is_hit(passage, text, question)


def _outcome(question: Question, asked: Asked, rank: int | None) -> Outcome:
    is_shown = not asked.is_refused and holds_any(asked.done.text, question.accepted)
    return Outcome(
        is_answerable=question.answerable,
        rank=rank,
        is_refused=asked.is_refused,
        is_shown=question.answerable and is_shown,
        confidence=asked.done.summary.confidence,
        search_ms=asked.search_ms,
        answer_ms=asked.answer_ms,
    )


def _span(question: Question, passages: Sequence[Passage]) -> str:
    """Return the shortest answer the extractive reader would give, for exact match and F1."""
    return select_answer(question.text, detect_language(question.text), passages).span


def _report(answered: Sequence[_Answered]) -> Report:
    groups: defaultdict[str, list[_Answered]] = defaultdict(list)
    for each in answered:
        for name in _groups_of(each.question):
            groups[name].append(each)
    return {name: _measure(members) for name, members in sorted(groups.items())}


def _groups_of(question: Question) -> Iterable[str]:
    pair = f"{question.language}>{question.document_language}"
    kind = question.kind if question.document_language else f"{question.language}/{question.kind}"
    return ("all", pair if question.document_language else question.language, kind)


def _measure(answered: Sequence[_Answered]) -> dict[str, float]:
    answerable = [each for each in answered if each.question.answerable]
    of_text = {
        "answer_in_top_5": metrics.hit_at([each.answer_rank for each in answerable], 5),
        "exact_match": mean(metrics.exact_match(each.span, each.question.answer) for each in answerable),
        "f1": mean(metrics.token_f1(each.span, each.question.answer) for each in answerable),
    }
    return {**measure([each.outcome for each in answered]), **rounded(of_text)}
