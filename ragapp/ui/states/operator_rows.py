"""Rows of the operator's pages, as plain values."""

from dataclasses import dataclass

from ragapp.core.errors import InvalidInput
from ragapp.core.plans import GIBIBYTE, LIMIT_NAMES
from ragapp.services.oversight.oversight_views import HealthSeries
from ragapp.services.tenancy.tenant_views import ErasureView, QueuedTaskView, TenantSummary
from ragapp.ui.feedback import default_messages

LIFTED = "∞"
"""What is typed for a limit of the plan that does not hold for a tenant."""


@dataclass(frozen=True)
class TenantRow:
    """One tenant; times are ISO 8601, `limits` what the operator set as typed ("" where the plan holds)."""

    id: str = ""
    slug: str = ""
    name: str = ""
    status: str = ""
    plan: str = ""
    document_count: int = 0
    storage_bytes: int = 0
    member_count: int = 0
    created_at: str = ""
    reason: str = ""


@dataclass(frozen=True)
class LimitRow:
    """One limit in the form: what the operator set, as typed; "" leaves it to the plan, "∞" lifts it."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class QueueRow:
    """One task of any tenant."""

    id: str = ""
    tenant: str = ""
    kind: str = ""
    status: str = ""
    progress: int = 0
    attempts: int = 0
    error_code: str = ""
    created_at: str = ""


@dataclass(frozen=True)
class HealthRow:
    """One part of the service: how it is now, its states over time, and what is wrong: an error's code or a message."""

    service: str = ""
    status: str = ""
    uptime: float = 0.0
    latency_ms: int = 0
    message: str = ""
    error_code: str = ""
    moments: tuple[str, ...] = ()


@dataclass(frozen=True)
class VersionRow:
    """Which version of one part runs."""

    part: str = ""
    version: str = ""


@dataclass(frozen=True)
class ErasureRow:
    """One certificate."""

    slug: str = ""
    erased_at: str = ""
    row_count: int = 0
    file_count: int = 0
    account_count: int = 0


def tenant_row(view: TenantSummary) -> TenantRow:
    """Return a tenant as it is listed."""
    return TenantRow(
        id=view.id,
        slug=view.slug,
        name=view.name,
        status=view.status.value,
        plan=view.plan.value,
        document_count=view.document_count,
        storage_bytes=view.storage_bytes,
        member_count=view.member_count,
        created_at=view.created_at.isoformat(),
        reason=view.suspension_reason,
    )


def limit_rows(view: TenantSummary) -> list[LimitRow]:
    """Return the limits of a tenant as they are typed: storage in GB."""
    set_here = {name: _typed(name, value) for name, value in view.overrides.items()}
    return [LimitRow(name, set_here.get(name, "")) for name in LIMIT_NAMES]


def limits_of(form: dict[str, str]) -> dict[str, int | None]:
    """Return typed limits as numbers, None for a lifted one; empty ones are left to the plan.

    Raises:
        InvalidInput: something is no number.
    """
    typed = {name: str(form.get(name, "")).strip().replace(",", ".") for name in LIMIT_NAMES}
    return {name: _number(name, text) for name, text in typed.items() if text}


def queue_row(view: QueuedTaskView) -> QueueRow:
    """Return a task as it is listed."""
    return QueueRow(
        id=view.id,
        tenant=view.tenant_slug,
        kind=view.kind.value,
        status=view.status.value,
        progress=view.progress,
        attempts=view.attempts,
        error_code=view.error_code,
        created_at=view.created_at.isoformat(),
    )


def health_row(series: HealthSeries) -> HealthRow:
    """Return one part of the service as it is listed."""
    last = series.points[-1] if series.points else None
    wrong = last.message if last else ""
    is_code = wrong in default_messages()
    return HealthRow(
        service=series.service,
        status=last.status if last else "",
        uptime=series.uptime,
        latency_ms=round(last.latency_ms or 0) if last else 0,
        message="" if is_code else wrong,
        error_code=wrong if is_code else "",
        moments=tuple(point.status for point in series.points),
    )


def erasure_row(view: ErasureView) -> ErasureRow:
    """Return a certificate as it is listed."""
    return ErasureRow(view.slug, view.erased_at.isoformat(), view.row_count, view.file_count, view.account_count)


def _typed(name: str, value: int | None) -> str:
    if value is None:
        return LIFTED
    return f"{value / GIBIBYTE:g}" if name == "max_storage_bytes" else str(value)


def _number(name: str, text: str) -> int | None:
    if text == LIFTED:
        return None
    try:
        return round(float(text) * GIBIBYTE) if name == "max_storage_bytes" else int(text)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(details={"field": name}) from error
