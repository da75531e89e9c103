"""What test questions, runs, comparisons and bad ratings look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ragapp.core.evidence import Source
from ragapp.core.ids import ChatId, DocumentId, KnowledgeBaseId, MessageId, QualityQuestionId, QualityRunId, TaskId
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.quality import Expects, FeedbackReason, QuestionOrigin, Verdict
from ragapp.services.views import ErrorView


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the right answer is: a document, a page of it (from 1), words of the answer, of which any will do."""

    document_id: DocumentId | None = None
    page: int | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QualityQuestionView:
    """A test question. `document_title` is "" where none is expected, or where it is gone."""

    id: QualityQuestionId
    knowledge_base_id: KnowledgeBaseId
    text: str
    expects: Expects
    expected: Expectation
    document_title: str
    origin: QuestionOrigin
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in a row of a file of questions; rows count from 1, the heading being row 1. `value` is from it."""

    row: int
    code: str
    message: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class ImportView:
    """How an import ended: everything was added, or nothing was and `problems` say why."""

    added_count: int
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """One measure in two runs, over the questions both asked alike: which got better, which worse, and how sure it is.

    `p_value` is two-sided: exact McNemar where a question is right or wrong, a paired permutation test for ranks.
    """

    name: str
    before: float
    after: float
    better_count: int
    worse_count: int
    p_value: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ChangeView:
    """How a run compares with an earlier one. `verdict` rests on right answers and on ranks together."""

    baseline_id: QualityRunId
    common_count: int
    measures: tuple[MeasureChange, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class QualityRunView:
    """One run. `measures` and `change`, against the run before, are there once it is completed.

    `measures` are those of `ragapp eval`: shares in [0, 1], counts, milliseconds. `configuration` is name -> value.
    """

    id: QualityRunId
    knowledge_base_id: KnowledgeBaseId
    task_id: TaskId
    status: TaskStatus
    progress: int
    error: ErrorView | None
    question_count: int
    configuration: Mapping[str, str | int | bool]
    measures: Mapping[str, float]
    change: ChangeView | None
    started_by: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that was found: the beginning of its text, and where it stands."""

    document_id: DocumentId
    document_title: str
    page: int | None
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class QualityResultView:
    """What became of one question in a run, as it was asked then; `rank` None: no right passage among the first ten."""

    question_id: QualityQuestionId
    text: str
    expects: Expects
    expected: Expectation
    document_title: str
    rank: int | None
    is_refused: bool
    is_right: bool
    confidence: float
    answer: str
    found: tuple[FoundPassage, ...]


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """A question that came out otherwise than in the earlier run."""

    question_id: QualityQuestionId
    text: str
    is_better: bool
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class ConfigurationChange:
    """One setting that differs between two runs; "" where a run has none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Two runs: what differs in their settings, and what came of it."""

    run_id: QualityRunId
    change: ChangeView
    configuration: tuple[ConfigurationChange, ...]
    questions: tuple[QuestionChange, ...]


@dataclass(frozen=True, slots=True)
class BadRatingView:
    """An answer that somebody rated bad, in a chat the administrator may read. `reason` None: none was given."""

    message_id: MessageId
    chat_id: ChatId
    rated_by: str
    reason: FeedbackReason | None
    comment: str
    knowledge_base_id: KnowledgeBaseId | None
    question: str
    answer: str
    is_refused: bool
    sources: tuple[Source, ...]
    is_taken_over: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many answers were rated bad for a reason; `hidden_count` of them in chats that may not be read."""

    reason: FeedbackReason | None
    count: int
    hidden_count: int
