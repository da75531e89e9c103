"""Shapes of test questions, runs over them and bad ratings."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from ragapp.api.parameters import Answer, DocumentId, KnowledgeBaseId, MessageId, RequestBody, Text
from ragapp.api.schemas.answers import Source
from ragapp.api.schemas.common import Failure
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.quality import Expects, FeedbackReason, QuestionOrigin, Verdict

QuestionText = Annotated[Text, StringConstraints(min_length=1, max_length=20_000)]
Words = Annotated[list[Annotated[Text, Field(max_length=500)]], Field(max_length=10)]
_EXPECTS = "`answer`: a document, a page of it, words; `nothing`: it is to be refused; `open`: to be said later."


class Expected(Answer):
    """What the right answer is."""

    document_id: str | None
    page: int | None = Field(description="From 1.")
    words: list[str] = Field(description="Words of the answer; any of them will do, whatever the case and diacritics.")


class TestQuestion(Answer):
    """A question that is asked to see whether answers are good."""

    id: str
    knowledge_base_id: str
    text: str
    expects: Expects = Field(description=_EXPECTS)
    expected: Expected
    document_title: str = Field(description="Empty where no document is expected, or it is gone.")
    origin: QuestionOrigin
    created_by: str
    created_at: datetime


class ExpectedBody(RequestBody):
    """What the right answer is."""

    document_id: DocumentId | None = None
    page: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    words: Words = Field(default_factory=list)


class QuestionBody(RequestBody):
    """What is asked, and what the right answer is."""

    text: QuestionText
    expects: Annotated[Expects, Field(strict=False)] | None = Field(
        None, description=f"{_EXPECTS} By default `answer` where something is expected, else `open`."
    )
    expected: ExpectedBody | None = None


class NewTestQuestion(QuestionBody):
    """A question to add to a knowledge base."""

    knowledge_base_id: KnowledgeBaseId


class TakenOver(RequestBody):
    """An answer whose question becomes a test question."""

    message_id: MessageId


class QuestionFile(RequestBody):
    """A CSV file of questions."""

    knowledge_base_id: KnowledgeBaseId
    csv: Text = Field(
        description="Columns question, document (title or file name), page, answer (alternatives with | between), "
        "not_in_documents (yes or no); the first line names them."
    )


class Imported(Answer):
    """How many questions were added."""

    added_count: int


class MeasureChange(Answer):
    """One measure in two runs, over the questions both asked alike."""

    name: str
    before: float
    after: float
    better_count: int
    worse_count: int
    p_value: float = Field(description="Two-sided: exact McNemar, for ranks a paired permutation test.")
    verdict: Verdict


class Change(Answer):
    """How a run compares with an earlier one."""

    baseline_id: str
    common_count: int
    measures: list[MeasureChange]
    verdict: Verdict


class QualityRun(Answer):
    """One run. `measures` are there once it is completed, `change` too where there is a run before it."""

    id: str
    knowledge_base_id: str
    task_id: str
    status: TaskStatus
    progress: int
    error: Failure | None
    question_count: int
    configuration: dict[str, str | int | bool]
    measures: dict[str, float]
    change: Change | None
    started_by: str
    created_at: datetime
    finished_at: datetime | None


class NewRun(RequestBody):
    """A run over the questions of a knowledge base."""

    knowledge_base_id: KnowledgeBaseId


class FoundPassage(Answer):
    """A passage that was found; `text` is its beginning."""

    document_id: str
    document_title: str
    page: int | None
    text: str
    start: int
    end: int


class QualityResult(Answer):
    """What became of one question."""

    question_id: str
    text: str
    expects: Expects
    expected: Expected
    document_title: str
    rank: int | None = Field(description="Of the first right passage; null where none is among the first ten.")
    is_refused: bool
    is_right: bool
    confidence: float
    answer: str
    found: list[FoundPassage]


class QualityResults(Answer):
    """What became of the questions of a run."""

    items: list[QualityResult]


class QuestionChange(Answer):
    """A question that came out otherwise than in the earlier run."""

    question_id: str
    text: str
    is_better: bool
    rank_before: int | None
    rank_after: int | None


class ConfigurationChange(Answer):
    """A setting that differs."""

    name: str
    before: str
    after: str


class Comparison(Answer):
    """Two runs side by side."""

    run_id: str
    change: Change
    configuration: list[ConfigurationChange]
    questions: list[QuestionChange]


class BadRating(Answer):
    """An answer that somebody rated bad, in a chat the caller may read."""

    message_id: str
    chat_id: str
    rated_by: str
    reason: FeedbackReason | None
    comment: str
    knowledge_base_id: str | None
    question: str
    answer: str
    is_refused: bool
    sources: list[Source]
    is_taken_over: bool
    created_at: datetime


class ReasonCount(Answer):
    """How often a reason was given; `hidden_count` times in chats that the caller may not read."""

    reason: FeedbackReason | None
    count: int
    hidden_count: int


class ReasonCounts(Answer):
    """Every reason that was given."""

    items: list[ReasonCount]
