"""Tenants, users and how they belong together."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, false, true
from sqlmodel import Field, SQLModel

from ragapp.models.base import utc_now, words_field


class Tenant(SQLModel, table=True):
    """A customer.

    `limits` holds what the operator set instead of the plan's limits, `caps` what the tenant's own administrators cap
    further. `status`: active, suspended or erasing. `chat_sharing`: nobody, members or tenant.
    """

    __tablename__ = "tenants"

    id: str = Field(primary_key=True, max_length=32)
    slug: str = Field(max_length=64, unique=True)
    slug_words: str = words_field()
    name: str = Field(max_length=200)
    name_words: str = words_field()
    status: str = Field(default="active", max_length=16)
    plan: str = Field(default="unlimited", max_length=32)
    limits: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    caps: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    language: str = Field(default="en", max_length=8, sa_column_kwargs={"server_default": "en"})
    chat_retention_days: int | None = None
    chat_sharing: str = Field(default="tenant", max_length=16, sa_column_kwargs={"server_default": "tenant"})
    admins_may_read_chats: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    password_sign_in: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    second_factor_required: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    suspended_at: datetime | None = None
    suspension_reason: str | None = Field(default=None, max_length=500)
    created_at: datetime = Field(default_factory=utc_now)


class TenantTotals(SQLModel, table=True):
    """What a tenant holds now. Admission is one conditional update of this row, so a quota has no race."""

    __tablename__ = "tenant_totals"

    tenant_id: str = Field(primary_key=True, max_length=32, foreign_key="tenants.id", ondelete="CASCADE")
    document_count: int = 0
    storage_bytes: int = Field(default=0, sa_type=BigInteger)
    member_count: int = 0


class User(SQLModel, table=True):
    """A person; may be a member of several tenants. `email` is stored lowercase.

    `totp_secret` is encrypted; `totp_counter` is the last time step whose code was accepted, so none is accepted twice.
    """

    __tablename__ = "users"

    id: str = Field(primary_key=True, max_length=32)
    email: str = Field(max_length=254, unique=True)
    email_words: str = words_field()
    name: str = Field(max_length=200)
    name_words: str = words_field()
    password_hash: str | None = Field(default=None, max_length=255)
    language: str = Field(default="en", max_length=8)
    theme: str = Field(default="system", max_length=8, sa_column_kwargs={"server_default": "system"})
    status: str = Field(default="active", max_length=16)
    is_operator: bool = False
    password_changed_at: datetime | None = None
    totp_secret: str | None = Field(default=None, max_length=255)
    totp_confirmed_at: datetime | None = None
    totp_counter: int | None = None
    created_at: datetime = Field(default_factory=utc_now)


class Membership(SQLModel, table=True):
    """One user's role in one tenant. Read before a tenant is known (sign-in), so it is a platform table."""

    __tablename__ = "memberships"

    tenant_id: str = Field(primary_key=True, max_length=32, foreign_key="tenants.id", ondelete="CASCADE")
    user_id: str = Field(primary_key=True, max_length=32, foreign_key="users.id", ondelete="CASCADE", index=True)
    role: str = Field(max_length=16)
    status: str = Field(default="active", max_length=16)
    created_at: datetime = Field(default_factory=utc_now)


OWNER_KEY = "owner"
"""The fact that somebody owns this installation; written once."""


class Installation(SQLModel, table=True):
    """Facts about this installation. The primary key makes "first owner" a race with exactly one winner."""

    __tablename__ = "installation"

    key: str = Field(primary_key=True, max_length=64)
    value: str = Field(max_length=500)
    created_at: datetime = Field(default_factory=utc_now)
