"""Shapes of flags, limits, usage, the audit log, health over time and questions without an answer."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from ragapp.api.parameters import Answer, MessageId, RequestBody
from ragapp.core.flags import Flag
from ragapp.core.plans import Plan
from ragapp.services.tenancy.rule_views import FlagSource, Operation

AnyFlag = Annotated[Flag, Field(strict=False)]


class FlagState(Answer):
    """One flag. `is_locked`: the operator enforces it; `default` holds where the tenant has no choice of its own."""

    flag: Flag
    is_on: bool
    source: FlagSource
    is_locked: bool
    default: bool


class Flags(Answer):
    """Every flag of the tenant."""

    items: list[FlagState]


class FlagChange(RequestBody):
    """What to switch; null goes back to the default."""

    flags: dict[AnyFlag, bool | None]


class GlobalFlagState(Answer):
    """One flag as the operator set it: a default for tenants or, enforced, the value for all."""

    flag: Flag
    is_on: bool
    is_enforced: bool
    is_set: bool


class GlobalFlags(Answer):
    """Every flag of the installation."""

    items: list[GlobalFlagState]


class GlobalFlagChange(RequestBody):
    """A decision for all tenants; without `is_on` it goes back to what is built in."""

    flag: AnyFlag
    is_on: bool | None = None
    is_enforced: bool = False


class PlanLimitsAnswer(Answer):
    """Most of each; null is no limit."""

    max_documents: int | None
    max_storage_bytes: int | None
    max_members: int | None
    queries_per_hour: int | None
    uploads_per_hour: int | None


class Standing(Answer):
    """How far one rate of the tenant is used."""

    operation: Operation
    limit: int
    remaining: int
    window_s: int
    reset_after_s: int


class Limits(Answer):
    """What the tenant may use and uses now."""

    plan: Plan
    limits: PlanLimitsAnswer
    granted: PlanLimitsAnswer
    document_count: int
    storage_bytes: int
    member_count: int
    standings: list[Standing]


class DayOfUse(Answer):
    """One day (UTC), with what was held at its end."""

    day: date
    amounts: dict[str, int]
    held_documents: int
    held_bytes: int


class Usage(Answer):
    """Every day of a span, and sums over it."""

    since: date
    until: date
    days: list[DayOfUse]
    totals: dict[str, int]


class PersonUse(Answer):
    """How much of a metric one person used."""

    user_id: str
    name: str
    amount: int


class TopPeople(Answer):
    """People, the one who used most first."""

    items: list[PersonUse]


class TenantUse(Answer):
    """What one tenant used, by metric."""

    tenant_id: str
    amounts: dict[str, int]


class TenantsUse(Answer):
    """What every tenant used."""

    items: list[TenantUse]


class AuditEvent(Answer):
    """One event of the audit log: people with their names of now, other things with the name they had then."""

    sequence: int
    at: datetime
    action: str
    origin: str
    actor_id: str
    actor_name: str
    target_kind: str
    target_id: str
    target_name: str
    recipient_name: str = Field(description="With whom a chat was shared, or not any more; empty for everybody.")
    details: dict[str, str | int | float | None]


class Chain(Answer):
    """What checking the audit log found; keep `checkpoint` elsewhere to notice later if its end was cut off."""

    event_count: int
    broken_at: int | None
    checkpoint: str
    matches: bool | None


class HealthLook(Answer):
    """How one part of the service was in one step of time."""

    at: datetime
    status: str
    latency_ms: float | None
    longest_ms: float | None
    message: str


class HealthOverTime(Answer):
    """One part of the service, oldest first."""

    service: str
    uptime: float
    points: list[HealthLook]


class ServiceHealth(Answer):
    """Every part of the service."""

    items: list[HealthOverTime]


class NewMissingReport(RequestBody):
    """An answer that says the documents do not hold it."""

    message_id: MessageId


class MissingReport(Answer):
    """A question without an answer, as the person who asked reported it."""

    id: str
    message_id: str
    question: str
    reported_by: str
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    is_taken_over: bool = Field(description="Whether it is a test question now.")
