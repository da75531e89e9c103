"""What features and limits look like to those who decide about them and to those whom they concern."""

from dataclasses import dataclass
from enum import StrEnum

from ragapp.core.flags import Flag
from ragapp.core.plans import Plan, PlanLimits


class FlagSource(StrEnum):
    """Who decided what a flag is."""

    DEFAULT = "default"
    TENANT = "tenant"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class FlagView:
    """One flag of a tenant. `is_locked`: the operator enforces it; `default` holds where the tenant has no choice."""

    flag: Flag
    is_on: bool
    source: FlagSource
    is_locked: bool
    default: bool


@dataclass(frozen=True, slots=True)
class GlobalFlagView:
    """One flag as the operator set it: a default for tenants or, enforced, the value for all. `is_set`: decided."""

    flag: Flag
    is_on: bool
    is_enforced: bool
    is_set: bool


class Operation(StrEnum):
    """What is counted against rates."""

    ASK = "ask"
    SEARCH = "search"
    UPLOAD = "upload"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class RateStanding:
    """How far one rate is used. `reset_after_s`: when the oldest counted use is forgotten."""

    operation: Operation
    is_tenants: bool
    limit: int
    remaining: int
    window_s: int
    reset_after_s: int

    @property
    def used(self) -> int:
        """Return how many uses are counted now."""
        return self.limit - self.remaining


@dataclass(frozen=True, slots=True)
class LimitsView:
    """What a tenant may use, and uses now. `granted` is what its plan and the operator allow, before its own caps."""

    plan: Plan
    limits: PlanLimits
    granted: PlanLimits
    document_count: int
    storage_bytes: int
    member_count: int
    standings: tuple[RateStanding, ...]
