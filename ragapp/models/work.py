"""Durable work and remembered requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field

from ragapp.models.base import TenantRow, utc_now

_UNFINISHED = text("status IN ('queued', 'running')")


class Task(TenantRow, table=True):
    """Durable work. Every effect of a run commits with `fence = mine`; `lease_until` is checked against the clock.

    No foreign key to `documents`: a finished delete task outlives the document it removed.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index(
            "uq_tasks_unfinished",
            "tenant_id",
            "kind",
            "dedupe_key",
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
        Index("ix_tasks_due", "status", "run_after"),
        Index("ix_tasks_document", "tenant_id", "document_id"),
        Index("ix_tasks_actor", "tenant_id", "actor_id", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=32)
    dedupe_key: str = Field(max_length=64)
    document_id: str | None = Field(default=None, max_length=32)
    actor_id: str = Field(max_length=32)
    status: str = Field(max_length=16)
    stage: str = Field(default="", max_length=32)
    progress: int = 0
    message: str = Field(default="", max_length=500)
    error_code: str = Field(default="", max_length=64)
    error_message: str = Field(default="", max_length=500)
    priority: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attempts: int = 0
    max_attempts: int = 5
    fence: int = 0
    lease_owner: str = Field(default="", max_length=64)
    lease_until: datetime | None = None
    run_after: datetime = Field(default_factory=utc_now)
    cancel_requested: bool = False
    created_at: datetime = Field(default_factory=utc_now)
    finished_at: datetime | None = None


class IdempotencyKey(TenantRow, table=True):
    """The answer given to a keyed request, so that a retry gets the same one."""

    __tablename__ = "idempotency_keys"

    user_id: str = Field(primary_key=True, max_length=32)
    key: str = Field(primary_key=True, max_length=255)
    request_digest: str = Field(max_length=64)
    response: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(default_factory=utc_now)
