"""What usage, the audit log and health look like to those who look after a tenant or the platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ragapp.core.ids import UserId


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One day (UTC): amounts by metric, and what was held at its end (today: now)."""

    day: date
    amounts: Mapping[str, int]
    held_documents: int
    held_bytes: int


@dataclass(frozen=True, slots=True)
class UsageView:
    """A tenant's usage from `since` up to and with `until`, a day for every day."""

    since: date
    until: date
    days: tuple[UsageDay, ...]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class UserUsage:
    """How much of one metric one person used. The name is empty for people who were erased."""

    user_id: UserId
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class AuditEventView:
    """One audit event. What it was done to has the name it had then where the event kept it, else the one of now.

    People have their names of now; names are empty where nobody or nothing has them any more. `recipient_name` is with
    whom a chat was shared or not any more.
    """

    sequence: int
    at: datetime
    action: str
    origin: str
    actor_id: str
    actor_name: str
    target_kind: str
    target_id: str
    target_name: str
    recipient_name: str
    details: Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events are wanted; empty values let everything through."""

    actions: tuple[str, ...] = ()
    actor_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a chain ended at a moment, signed: kept elsewhere, it shows later whether the end was cut off."""

    sequence: int
    hash: str
    taken_at: datetime
    signature: str

    def as_text(self) -> str:
        """Return the checkpoint as one line to keep."""
        return f"{self.sequence}:{self.hash}:{self.taken_at.isoformat()}:{self.signature}"


@dataclass(frozen=True, slots=True)
class ChainView:
    """What checking a chain found; `broken_at` is the first sequence number that is not what was sealed, else None.

    `matches` says whether the chain still holds the checkpoint it was compared with; None where none was given.
    """

    event_count: int
    broken_at: int | None
    checkpoint: Checkpoint
    matches: bool | None = None


@dataclass(frozen=True, slots=True)
class HealthPoint:
    """How one part of the service was in a span of time: its worst state, and mean and longest latency."""

    service: str
    at: datetime
    status: str
    latency_ms: float | None
    longest_ms: float | None
    message: str


@dataclass(frozen=True, slots=True)
class HealthSeries:
    """One part of the service over time, oldest first; `uptime` is the share (0-1) of looks that found it healthy."""

    service: str
    uptime: float
    points: tuple[HealthPoint, ...]
