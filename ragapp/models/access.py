"""Credentials: sessions and keys, stored as hashes only. Looked up before a tenant is known: platform tables."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field, SQLModel

from ragapp.models.base import utc_now


class Session(SQLModel, table=True):
    """A browser session (`kind` "browser") or a short-lived access token (`kind` "access")."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["memberships.tenant_id", "memberships.user_id"], ondelete="CASCADE"
        ),
    )

    token_hash: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=16)
    tenant_id: str = Field(max_length=32)
    user_id: str = Field(max_length=32, index=True)
    user_agent: str = Field(default="", max_length=200)
    created_at: datetime = Field(default_factory=utc_now)
    seen_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime


class ApiKey(SQLModel, table=True):
    """A long-lived key of one member; `prefix` is the visible beginning."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["memberships.tenant_id", "memberships.user_id"], ondelete="CASCADE"
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    tenant_id: str = Field(max_length=32, index=True)
    user_id: str = Field(max_length=32)
    name: str = Field(max_length=100)
    prefix: str = Field(max_length=16)
    key_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
