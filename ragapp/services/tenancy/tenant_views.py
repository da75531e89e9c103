"""What tenants look like to their own administrators and to the platform operator: settings and counts, no content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ragapp.core.ids import TaskId, TenantId
from ragapp.core.lifecycle import TaskKind, TaskStatus
from ragapp.core.plans import Plan, PlanLimits
from ragapp.core.sharing import ChatSharing


@dataclass(frozen=True, slots=True)
class TenantSettingsView:
    """A tenant's settings. `granted` is what plan and operator allow, `caps` its own lower limits, `limits` both."""

    id: TenantId
    slug: str
    name: str
    language: str
    plan: Plan
    chat_retention_days: int | None
    chat_sharing: ChatSharing
    admins_may_read_chats: bool
    granted: PlanLimits
    caps: Mapping[str, int | None]
    limits: PlanLimits


class TenantStatus(StrEnum):
    """Whether a tenant works."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASING = "erasing"


@dataclass(frozen=True, slots=True)
class TenantSummary:
    """One tenant as the operator sees it: names and counts, nothing of what is in it."""

    id: TenantId
    slug: str
    name: str
    status: TenantStatus
    plan: Plan
    overrides: Mapping[str, int | None]
    limits: PlanLimits
    document_count: int
    storage_bytes: int
    member_count: int
    created_at: datetime
    suspended_at: datetime | None
    suspension_reason: str


@dataclass(frozen=True, slots=True)
class TenantCreated:
    """A new tenant and the link for its first owner, shown once."""

    tenant: TenantSummary
    link: str
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """How much of one metric was used on one day (UTC)."""

    day: date
    metric: str
    amount: int


@dataclass(frozen=True, slots=True)
class TenantUsageView:
    """What a tenant used in a span of days, both included, and holds now."""

    tenant: TenantSummary
    since: date
    until: date
    points: tuple[UsagePoint, ...]


@dataclass(frozen=True, slots=True)
class ErasureView:
    """The certificate of an erased tenant, from the platform's audit chain: what there was, and that it is gone."""

    tenant_id: TenantId
    slug: str
    erased_at: datetime
    row_count: int
    file_count: int
    collection_count: int
    account_count: int


@dataclass(frozen=True, slots=True)
class QueuedTaskView:
    """One unfinished or failed task of any tenant: who and what kind, never about what."""

    id: TaskId
    tenant_id: TenantId
    tenant_slug: str
    kind: TaskKind
    status: TaskStatus
    stage: str
    progress: int
    attempts: int
    error_code: str
    created_at: datetime
    run_after: datetime


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue of all tenants."""

    counts: Mapping[str, int]
    oldest_queued_at: datetime | None
    tasks: tuple[QueuedTaskView, ...]


@dataclass(frozen=True, slots=True)
class PlatformView:
    """The whole installation in numbers; `versions` names its parts."""

    versions: Mapping[str, str]
    tenant_counts: Mapping[str, int]
    user_count: int
    document_count: int
    storage_bytes: int
    session_count: int
