"""Plans and limits: what a tenant may use at most."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from ragapp.core.errors import InvalidInput

GIBIBYTE = 1024**3


class Plan(StrEnum):
    """What a tenant has subscribed to; `CUSTOM` has only the limits the operator wrote down."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"
    UNLIMITED = "unlimited"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """Most of each thing a tenant may have or do; None is no limit."""

    max_documents: int | None = None
    max_storage_bytes: int | None = None
    max_members: int | None = None
    queries_per_hour: int | None = None
    uploads_per_hour: int | None = None

    def as_dict(self) -> dict[str, int | None]:
        """Return the limits by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


LIMIT_NAMES = tuple(field.name for field in fields(PlanLimits))

PLAN_LIMITS: Mapping[Plan, PlanLimits] = {
    Plan.FREE: PlanLimits(200, 2 * GIBIBYTE, 5, 100, 5),
    Plan.PRO: PlanLimits(5_000, 50 * GIBIBYTE, 50, 1_000, 50),
    Plan.ENTERPRISE: PlanLimits(100_000, 1_000 * GIBIBYTE, None, None, None),
    Plan.UNLIMITED: PlanLimits(),
    Plan.CUSTOM: PlanLimits(),
}


def effective_limits(plan: Plan, overrides: Mapping[str, int | None], caps: Mapping[str, int | None]) -> PlanLimits:
    """Return what holds for a tenant.

    Args:
        plan: Its plan.
        overrides: What the platform operator set instead of the plan's limits; None lifts a limit.
        caps: What the tenant's own administrators cap further; a cap never lifts a limit.
    """
    granted = PLAN_LIMITS[plan].as_dict() | {name: overrides[name] for name in LIMIT_NAMES if name in overrides}
    return PlanLimits(**{name: _smaller(granted[name], caps.get(name)) for name in LIMIT_NAMES})


def checked_limits(values: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return limits as they may be stored.

    Raises:
        InvalidInput: an unknown name, or a number below zero.
    """
    for name, value in values.items():
        if name not in LIMIT_NAMES or (value is not None and not 0 <= value < 2**53):
            raise InvalidInput("Give each limit as a whole number from 0, or leave it empty.", details={"field": name})
    return dict(values)


def _smaller(granted: int | None, cap: int | None) -> int | None:
    if granted is None or cap is None:
        return cap if granted is None else granted
    return min(granted, cap)
