"""Tenants, users and how they belong together."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from ragapp.models.base import utc_now


class Tenant(SQLModel, table=True):
    """A customer."""

    __tablename__ = "tenants"

    id: str = Field(primary_key=True, max_length=32)
    slug: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=200)
    status: str = Field(default="active", max_length=16)
    plan: str = Field(default="unlimited", max_length=32)
    limits: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(default_factory=utc_now)


class User(SQLModel, table=True):
    """A person; may be a member of several tenants. `email` is stored lowercase."""

    __tablename__ = "users"

    id: str = Field(primary_key=True, max_length=32)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=200)
    password_hash: str | None = Field(default=None, max_length=255)
    language: str = Field(default="en", max_length=8)
    status: str = Field(default="active", max_length=16)
    is_operator: bool = False
    created_at: datetime = Field(default_factory=utc_now)


class Membership(SQLModel, table=True):
    """One user's role in one tenant. Read before a tenant is known (sign-in), so it is a platform table."""

    __tablename__ = "memberships"

    tenant_id: str = Field(primary_key=True, max_length=32, foreign_key="tenants.id", ondelete="CASCADE")
    user_id: str = Field(primary_key=True, max_length=32, foreign_key="users.id", ondelete="CASCADE", index=True)
    role: str = Field(max_length=16)
    status: str = Field(default="active", max_length=16)
    created_at: datetime = Field(default_factory=utc_now)


class Installation(SQLModel, table=True):
    """Facts about this installation. The primary key makes "first owner" a race with exactly one winner."""

    __tablename__ = "installation"

    key: str = Field(primary_key=True, max_length=64)
    value: str = Field(max_length=500)
    created_at: datetime = Field(default_factory=utc_now)
