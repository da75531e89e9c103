"""Chats, who may see them, their messages and what readers thought of the answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, text
from sqlmodel import Field

from ragapp.models.base import TenantRow, child_of, utc_now, words_field


class Chat(TenantRow, table=True):
    """A conversation of its owner; private unless shared. `visibility`: a `core.sharing.ChatVisibility`."""

    __tablename__ = "chats"
    __table_args__ = (
        Index("ix_chats_recent", "tenant_id", "owner_id", "updated_at"),
        Index("ix_chats_words", "tenant_id", "title_words", "id"),
    )

    id: str = Field(primary_key=True, max_length=32)
    owner_id: str = Field(max_length=32, foreign_key="users.id")
    title: str = Field(default="", max_length=200)
    title_words: str = words_field()
    visibility: str = Field(default="private", max_length=16)
    created_at: datetime = Field(default_factory=utc_now)
    updated_at: datetime = Field(default_factory=utc_now)


class ChatPermission(TenantRow, table=True):
    """One member's right on a chat that is not theirs: "read" or "write"."""

    __tablename__ = "chat_permissions"
    __table_args__ = (child_of("chats", "chat_id"),)

    chat_id: str = Field(primary_key=True, max_length=32)
    user_id: str = Field(primary_key=True, max_length=32, foreign_key="users.id")
    permission: str = Field(max_length=8)


class Message(TenantRow, table=True):
    """A question or an answer. `sources` and `unsupported` hold dictionaries shaped as in `core.evidence`.

    `author_id` is who asked (None: the chat's owner); of an answer too, for it was found by their rights.
    """

    __tablename__ = "messages"
    __table_args__ = (
        child_of("chats", "chat_id"),
        Index("uq_messages_position", "tenant_id", "chat_id", "position", unique=True),
        Index("ix_messages_run", "tenant_id", "run_id"),
        Index(
            "ix_messages_words",
            "tenant_id",
            "text_words",
            "chat_id",
            "role",
            "author_id",
            # PostgreSQL takes no keys this long and reads the column itself: there the index stays empty.
            postgresql_where=text("false"),
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    chat_id: str = Field(max_length=32)
    position: int
    role: str = Field(max_length=16)
    author_id: str | None = Field(default=None, max_length=32)
    status: str = Field(max_length=16)
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    text_words: str = words_field()
    run_id: str | None = Field(default=None, max_length=32)
    superseded: bool = False
    answerable: bool = True
    confidence: float = 0.0
    support: str = Field(default="none", max_length=16)
    language: str = Field(default="", max_length=8)
    generator: str = Field(default="", max_length=64)
    sources: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    unsupported: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    timings: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    error_code: str = Field(default="", max_length=64)
    error_message: str = Field(default="", max_length=500)
    created_at: datetime = Field(default_factory=utc_now)
    finished_at: datetime | None = None


class Feedback(TenantRow, table=True):
    """One reader's judgement of one answer.

    `reason`: a `core.quality.FeedbackReason`, "" for none. `knowledge_base_id` is that of the answer's first source
    when it was judged; it may be gone since.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        child_of("messages", "message_id"),
        Index("ix_feedback_recent", "tenant_id", "rating", "created_at", "message_id"),
    )

    message_id: str = Field(primary_key=True, max_length=32)
    user_id: str = Field(primary_key=True, max_length=32, foreign_key="users.id")
    rating: str = Field(max_length=8)
    reason: str = Field(default="", max_length=16, sa_column_kwargs={"server_default": text("''")})
    comment: str = Field(default="", max_length=2000)
    knowledge_base_id: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": text("''")})
    created_at: datetime = Field(default_factory=utc_now)
