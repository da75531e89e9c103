"""Versions of documents, where documents came from, and places that are looked at again."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field

from ragapp.models.base import TenantRow, child_of, utc_now


class DocumentVersion(TenantRow, table=True):
    """The file of one version. `readable_at` is when readers first saw it; None if they have not.

    `notes`: [[code, count], …], see `core.document_notes`.
    """

    __tablename__ = "document_versions"
    __table_args__ = (
        child_of("documents", "document_id"),
        Index("ix_document_versions_bytes", "tenant_id", "blob_key"),
    )

    document_id: str = Field(primary_key=True, max_length=32)
    version: int = Field(primary_key=True)
    filename: str = Field(max_length=255)
    content_type: str = Field(max_length=100)
    size_bytes: int
    sha256: str = Field(max_length=64)
    blob_key: str = Field(max_length=200)
    page_count: int | None = None
    language: str = Field(default="", max_length=8)
    created_by: str = Field(max_length=32, foreign_key="users.id")
    created_at: datetime = Field(default_factory=utc_now)
    readable_at: datetime | None = None
    notes: list[list[Any]] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )


class DocumentOrigin(TenantRow, table=True):
    """Where a document is fetched from. `location` is what was asked for, `url` where that led; a folder has no `url`.

    `etag` and `last_modified` recognise what was there last; `missing_since` says that it is not there any more.
    """

    __tablename__ = "document_origins"
    __table_args__ = (
        child_of("documents", "document_id"),
        Index("ix_document_origins_source", "tenant_id", "source_id"),
    )

    document_id: str = Field(primary_key=True, max_length=32)
    source_id: str | None = Field(default=None, max_length=32)
    location: str = Field(max_length=2000)
    url: str = Field(default="", max_length=2000)
    etag: str = Field(default="", max_length=300)
    last_modified: str = Field(default="", max_length=300)
    takes_title: bool = True
    checked_at: datetime | None = None
    missing_since: datetime | None = None
    error_code: str = Field(default="", max_length=64)


class Source(TenantRow, table=True):
    """A web address, a sitemap or a folder that is looked at again every `every_s` seconds."""

    __tablename__ = "sources"
    __table_args__ = (
        child_of("knowledge_bases", "knowledge_base_id"),
        Index("uq_sources_location", "tenant_id", "knowledge_base_id", "kind", "location", unique=True),
        Index("ix_sources_due", "tenant_id", "is_paused", "next_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    knowledge_base_id: str = Field(max_length=32)
    kind: str = Field(max_length=16)
    location: str = Field(max_length=2000)
    every_s: int
    max_pages: int = 1
    is_paused: bool = False
    error_code: str = Field(default="", max_length=64)
    checked_at: datetime | None = None
    next_at: datetime
    created_by: str = Field(max_length=32, foreign_key="users.id")
    created_at: datetime = Field(default_factory=utc_now)
