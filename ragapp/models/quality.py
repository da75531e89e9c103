"""Test questions of knowledge bases, runs over them, and what became of each question in a run."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field

from ragapp.models.base import TenantRow, child_of, utc_now


class QualityQuestion(TenantRow, table=True):
    """A question with what its right answer is: `expects` is a `core.quality.Expects`.

    `document_id` has no foreign key: a question outlives the document it expects, and then fails. `message_id` is the
    answer it was taken over from. `text_digest` is what makes it one of a kind within its knowledge base.
    """

    __tablename__ = "quality_questions"
    __table_args__ = (
        child_of("knowledge_bases", "knowledge_base_id", name="fk_quality_questions_knowledge_base"),
        Index("uq_quality_questions_text", "tenant_id", "knowledge_base_id", "text_digest", unique=True),
        Index("ix_quality_questions_recent", "tenant_id", "created_at"),
        Index("ix_quality_questions_message", "tenant_id", "message_id"),
    )

    id: str = Field(primary_key=True, max_length=32)
    knowledge_base_id: str = Field(max_length=32)
    text: str = Field(sa_column=Column(Text, nullable=False))
    text_digest: str = Field(max_length=64)
    expects: str = Field(max_length=16)
    document_id: str = Field(default="", max_length=32)
    page: int | None = None
    words: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    origin: str = Field(max_length=16)
    message_id: str = Field(default="", max_length=32)
    created_by: str = Field(max_length=32)
    created_at: datetime = Field(default_factory=utc_now)


class QualityRun(TenantRow, table=True):
    """One run: how far it is says its task. `measures`, `change` (see `services.quality`), `finished_at` come last."""

    __tablename__ = "quality_runs"
    __table_args__ = (
        child_of("knowledge_bases", "knowledge_base_id"),
        Index("ix_quality_runs_recent", "tenant_id", "knowledge_base_id", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    knowledge_base_id: str = Field(max_length=32)
    task_id: str = Field(max_length=32)
    question_count: int
    configuration: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    measures: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    change: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    started_by: str = Field(max_length=32)
    created_at: datetime = Field(default_factory=utc_now)
    finished_at: datetime | None = None


class QualityResult(TenantRow, table=True):
    """What became of one question in one run; the question as it was then, for it may be changed or gone since.

    `digest` tells whether two runs asked and expected the same. `rank` is that of the first right passage, None beyond
    depth 10. `found` holds the best passages, shortened.
    """

    __tablename__ = "quality_results"
    __table_args__ = (child_of("quality_runs", "run_id"),)

    run_id: str = Field(primary_key=True, max_length=32)
    question_id: str = Field(primary_key=True, max_length=32)
    position: int
    text: str = Field(sa_column=Column(Text, nullable=False))
    digest: str = Field(max_length=64)
    expects: str = Field(max_length=16)
    document_id: str = Field(default="", max_length=32)
    document_title: str = Field(default="", max_length=500)
    page: int | None = None
    words: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    rank: int | None = None
    is_refused: bool
    is_shown: bool
    is_right: bool
    confidence: float
    answer: str = Field(default="", sa_column=Column(Text, nullable=False))
    found: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    search_ms: float = 0.0
    answer_ms: float = 0.0
