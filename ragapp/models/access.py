"""Credentials: sessions and keys, stored as hashes only. Looked up before a tenant is known: platform tables."""

from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from ragapp.core.ids import new_id
from ragapp.models.base import utc_now


class Session(SQLModel, table=True):
    """A browser session (`kind` "browser") or a short-lived access token (`kind` "access").

    `provider_id` is set where a tenant's own sign-in service said who it is: such a session never leaves that tenant.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["memberships.tenant_id", "memberships.user_id"], ondelete="CASCADE"
        ),
        Index("uq_sessions_id", "id", unique=True),
    )

    token_hash: str = Field(primary_key=True, max_length=64)
    id: str = Field(default_factory=new_id, max_length=32)
    kind: str = Field(max_length=16)
    tenant_id: str = Field(max_length=32)
    user_id: str = Field(max_length=32, index=True)
    user_agent: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=64)
    has_second_factor: bool = False
    provider_id: str | None = Field(default=None, max_length=32)
    created_at: datetime = Field(default_factory=utc_now)
    authenticated_at: datetime = Field(default_factory=utc_now)
    seen_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime


class ApiKey(SQLModel, table=True):
    """A long-lived key of one member; `prefix` is the visible beginning.

    `scopes` are the permissions it carries at most, None for all of its owner's; the owner's role still bounds them.
    `parent_id` is the key that it was made with: it ends with that one at the latest.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["memberships.tenant_id", "memberships.user_id"], ondelete="CASCADE"
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    tenant_id: str = Field(max_length=32, index=True)
    user_id: str = Field(max_length=32)
    parent_id: str | None = Field(default=None, max_length=32, index=True)
    name: str = Field(max_length=100)
    prefix: str = Field(max_length=16)
    key_hash: str = Field(max_length=64, unique=True)
    scopes: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    created_at: datetime = Field(default_factory=utc_now)
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class RecoveryCode(SQLModel, table=True):
    """One of the codes that stand in for a lost authenticator app; works once."""

    __tablename__ = "recovery_codes"

    code_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(max_length=32, foreign_key="users.id", ondelete="CASCADE", index=True)
    used_at: datetime | None = None


class KnownDevice(SQLModel, table=True):
    """A browser that a person has signed in with: others' wrong guesses never lock it out."""

    __tablename__ = "known_devices"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(max_length=32, foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime


class PasswordReset(SQLModel, table=True):
    """A link that lets its holder choose a new password, once."""

    __tablename__ = "password_resets"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(max_length=32, foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime
    used_at: datetime | None = None
