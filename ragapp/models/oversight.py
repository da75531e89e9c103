"""What operators and administrators look at: audit events, usage, flags, health."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from ragapp.models.base import TenantRow, utc_now


class AuditEvent(SQLModel, table=True):
    """One link of a tenant's chain (or of the chain "platform"). Never changed; deleted only with an erased tenant."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_recent", "tenant_id", "at"),
        Index("ix_audit_events_target", "tenant_id", "target_kind", "target_id"),
    )

    tenant_id: str = Field(primary_key=True, max_length=32)
    sequence: int = Field(primary_key=True)
    at: datetime
    actor_id: str = Field(default="", max_length=32)
    origin: str = Field(max_length=16)
    action: str = Field(max_length=64)
    target_kind: str = Field(default="", max_length=32)
    target_id: str = Field(default="", max_length=64)
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    hash: str = Field(max_length=64)


class TenantUsage(TenantRow, table=True):
    """How much of one metric one person used on one day (UTC); `user_id` is empty where nobody in particular did."""

    __tablename__ = "tenant_usage"

    day: date = Field(primary_key=True)
    metric: str = Field(primary_key=True, max_length=32)
    user_id: str = Field(primary_key=True, max_length=32)
    amount: int = Field(default=0, sa_type=BigInteger)


class FeatureFlag(TenantRow, table=True):
    """A tenant's own choice for a flag."""

    __tablename__ = "feature_flags"

    name: str = Field(primary_key=True, max_length=64)
    is_on: bool
    updated_by: str = Field(default="", max_length=32)
    updated_at: datetime = Field(default_factory=utc_now)


class PlatformFlag(SQLModel, table=True):
    """The operator's choice for a flag: a default, or the value for everybody."""

    __tablename__ = "platform_flags"

    name: str = Field(primary_key=True, max_length=64)
    is_on: bool
    is_enforced: bool = False
    updated_by: str = Field(default="", max_length=32)
    updated_at: datetime = Field(default_factory=utc_now)


class ServiceHealth(SQLModel, table=True):
    """How one part of the service was at one moment."""

    __tablename__ = "service_health"

    service: str = Field(primary_key=True, max_length=32)
    checked_at: datetime = Field(primary_key=True)
    status: str = Field(max_length=16)
    latency_ms: float | None = None
    message: str = Field(default="", max_length=300)
