"""What the quality page lists, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass

from ragapp.core.evidence import source_url
from ragapp.core.quality import Verdict
from ragapp.services.quality.quality_views import (
    BadRatingView,
    ChangeView,
    FoundPassage,
    MeasureChange,
    QualityQuestionView,
    QualityResultView,
    QualityRunView,
    QuestionChange,
)

RIGHT = "right"


@dataclass(frozen=True)
class BaseOption:
    """A knowledge base that can be chosen."""

    id: str = ""
    name: str = ""


@dataclass(frozen=True)
class QuestionRow:
    """A test question; `words` are alternatives, one a line."""

    id: str = ""
    base_id: str = ""
    base: str = ""
    text: str = ""
    expects: str = ""
    document_id: str = ""
    document: str = ""
    page: int = 0
    words: str = ""
    origin: str = ""


@dataclass(frozen=True)
class RunRow:
    """A run; shares in percent. `deciding` is the measure that `verdict` rests on, with its counts."""

    id: str = ""
    base: str = ""
    created_at: str = ""
    started_by: str = ""
    status: str = ""
    progress: int = 0
    error_code: str = ""
    questions: int = 0
    answerable: int = 0
    right: float = 0.0
    hit_1: float = 0.0
    hit_5: float = 0.0
    rank: float = 0.0
    shown: float = 0.0
    refused_rightly: float = 0.0
    refused_wrongly: float = 0.0
    verdict: str = ""
    deciding: str = ""
    better: int = 0
    worse: int = 0


@dataclass(frozen=True)
class SettingRow:
    """A setting of a run, or how it differs between two."""

    name: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class MeasureRow:
    """A measure in two runs; `is_rank`: a mean, not a share."""

    name: str = ""
    before: float = 0.0
    after: float = 0.0
    better: int = 0
    worse: int = 0
    p_value: float = 1.0
    verdict: str = ""


@dataclass(frozen=True)
class ChangeRow:
    """A question that came out otherwise."""

    id: str = ""
    text: str = ""
    is_better: bool = False


@dataclass(frozen=True)
class PassageRow:
    """A passage with the address that opens it."""

    title: str = ""
    page: int = 0
    text: str = ""
    href: str = ""


@dataclass(frozen=True)
class FailureRow:
    """A question that was not answered right, with what came instead."""

    id: str = ""
    text: str = ""
    expects: str = ""
    document_id: str = ""
    document: str = ""
    page: int = 0
    words: str = ""
    rank: int = 0
    is_refused: bool = False
    answer: str = ""
    found: list[PassageRow] = ()  # type: ignore[assignment]


@dataclass(frozen=True)
class RatingRow:
    """An answer that was rated bad."""

    id: str = ""
    reason: str = ""
    comment: str = ""
    rated_by: str = ""
    created_at: str = ""
    question: str = ""
    answer: str = ""
    is_refused: bool = False
    is_taken_over: bool = False
    passages: list[PassageRow] = ()  # type: ignore[assignment]


@dataclass(frozen=True)
class ReportRow:
    """A question that was reported as not answered."""

    id: str = ""
    question: str = ""
    reported_by: str = ""
    created_at: str = ""


def question_row(view: QualityQuestionView, bases: Mapping[str, str]) -> QuestionRow:
    """Return a test question as it is listed."""
    return QuestionRow(
        id=view.id,
        base_id=view.knowledge_base_id,
        base=bases.get(view.knowledge_base_id, ""),
        text=view.text,
        expects=view.expects.value,
        document_id=view.expected.document_id or "",
        document=view.document_title,
        page=view.expected.page or 0,
        words="\n".join(view.expected.words),
        origin=view.origin.value,
    )


def run_row(view: QualityRunView, bases: Mapping[str, str]) -> RunRow:
    """Return a run as it is listed."""
    measured, deciding = view.measures, _deciding(view.change)
    return RunRow(
        id=view.id,
        base=bases.get(view.knowledge_base_id, ""),
        created_at=view.created_at.isoformat(),
        started_by=view.started_by,
        status=view.status.value,
        progress=view.progress,
        error_code=view.error.code if view.error else "",
        questions=view.question_count,
        answerable=int(measured.get("answerable", 0)),
        right=100 * measured.get("right", 0),
        hit_1=100 * measured.get("hit@1", 0),
        hit_5=100 * measured.get("hit@5", 0),
        rank=measured.get("mrr@10", 0),
        shown=100 * measured.get("answer_shown", 0),
        refused_rightly=100 * measured.get("refusal_recall", 0),
        refused_wrongly=100 * measured.get("wrongly_refused", 0),
        verdict=view.change.verdict.value if view.change else "",
        deciding=deciding.name if deciding else "",
        better=deciding.better_count if deciding else 0,
        worse=deciding.worse_count if deciding else 0,
    )


def measure_row(change: MeasureChange) -> MeasureRow:
    """Return a measure in two runs: shares in percent, mean ranks as they are."""
    scale = 1 if change.name.startswith("mrr") else 100
    return MeasureRow(
        name=change.name,
        before=scale * change.before,
        after=scale * change.after,
        better=change.better_count,
        worse=change.worse_count,
        p_value=change.p_value,
        verdict=change.verdict.value,
    )


def change_row(change: QuestionChange) -> ChangeRow:
    """Return a question that came out otherwise."""
    return ChangeRow(change.question_id, change.text, change.is_better)


def failure_row(view: QualityResultView) -> FailureRow:
    """Return a question that was not answered right."""
    return FailureRow(
        id=view.question_id,
        text=view.text,
        expects=view.expects.value,
        document_id=view.expected.document_id or "",
        document=view.document_title,
        page=view.expected.page or 0,
        words="\n".join(view.expected.words),
        rank=view.rank or 0,
        is_refused=view.is_refused,
        answer=view.answer,
        found=[_passage_row(passage) for passage in view.found[:3]],
    )


def rating_row(view: BadRatingView) -> RatingRow:
    """Return an answer that was rated bad."""
    return RatingRow(
        id=view.message_id,
        reason=view.reason.value if view.reason else "",
        comment=view.comment,
        rated_by=view.rated_by,
        created_at=view.created_at.isoformat(),
        question=view.question,
        answer=view.answer,
        is_refused=view.is_refused,
        is_taken_over=view.is_taken_over,
        passages=[
            PassageRow(source.passage.document_title, source.passage.page or 0, source.quote, source.url)
            for source in view.sources
        ],
    )


def _deciding(change: ChangeView | None) -> MeasureChange | None:
    """Return the measure that the verdict rests on: right answers where they say so too."""
    if change is None or change.verdict is Verdict.SAME:
        return None
    return next(
        (each for each in change.measures if each.verdict is change.verdict and each.name in (RIGHT, "mrr@10")), None
    )


def _passage_row(passage: FoundPassage) -> PassageRow:
    href = source_url(passage.document_id, passage.page, passage.start, passage.end)
    return PassageRow(passage.document_title, passage.page or 0, passage.text, href)
