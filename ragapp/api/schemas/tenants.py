"""Shapes of a tenant's settings, and of tenants as the platform operator manages them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from ragapp.api.parameters import Answer, RequestBody, Text
from ragapp.core.plans import Plan
from ragapp.core.sharing import ChatSharing
from ragapp.services.tenancy.tenant_views import TenantStatus

Name = Annotated[Text, Field(min_length=1, max_length=200)]
Amount = Annotated[int, Field(ge=0, lt=2**53)]


class Limits(Answer):
    """Most of each thing; null is no limit."""

    max_documents: int | None = None
    max_storage_bytes: int | None = None
    max_members: int | None = None
    queries_per_hour: int | None = None
    uploads_per_hour: int | None = None


class WantedLimits(RequestBody):
    """Limits to set; null lifts one, what is absent is left to the plan."""

    max_documents: Amount | None = None
    max_storage_bytes: Amount | None = None
    max_members: Amount | None = None
    queries_per_hour: Amount | None = None
    uploads_per_hour: Amount | None = None

    def named(self) -> dict[str, int | None]:
        """Return what was sent."""
        return self.model_dump(exclude_unset=True)


class TenantSettings(Answer):
    """A tenant's own settings."""

    id: str
    slug: str
    name: str
    language: str
    plan: Plan
    chat_retention_days: int | None
    chat_sharing: ChatSharing
    admins_may_read_chats: bool
    granted: Limits
    caps: dict[str, int | None]
    limits: Limits


class TenantSettingsChange(RequestBody):
    """What may be changed; what is absent stays. `chat_retention_days` 0 keeps chats without end."""

    name: Name | None = None
    language: Annotated[Text, Field(max_length=8)] | None = None
    chat_retention_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    chat_sharing: Annotated[ChatSharing, Field(strict=False)] | None = None
    admins_may_read_chats: bool | None = None
    caps: WantedLimits | None = None


class OutdatedChats(Answer):
    """How many chats a retention would delete now."""

    days: int
    chat_count: int


class Tenant(Answer):
    """A tenant as the operator sees it."""

    id: str
    slug: str
    name: str
    status: TenantStatus
    plan: Plan
    overrides: dict[str, int | None]
    limits: Limits
    document_count: int
    storage_bytes: int
    member_count: int
    created_at: datetime
    suspended_at: datetime | None
    suspension_reason: str


class NewTenant(RequestBody):
    """A tenant to create; its first owner gets an invitation."""

    name: Name
    owner_email: Annotated[Text, Field(max_length=320)]
    slug: Annotated[Text, Field(max_length=60)] = ""
    plan: Annotated[Plan, Field(strict=False)] = Plan.FREE
    limits: WantedLimits | None = None
    language: Annotated[Text, Field(max_length=8)] = "en"


class CreatedTenant(Answer):
    """A new tenant and the link for its first owner, shown once."""

    tenant: Tenant
    link: str
    is_mailed: bool


class TenantChange(RequestBody):
    """What may be changed; what is absent stays. `limits` replaces all that was set instead of the plan's."""

    name: Name | None = None
    plan: Annotated[Plan, Field(strict=False)] | None = None
    limits: WantedLimits | None = None


class Suspension(RequestBody):
    """Why a tenant is suspended; its people see it."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class UsagePoint(Answer):
    """How much of one metric was used on one day (UTC)."""

    day: date
    metric: str
    amount: int


class TenantUsage(Answer):
    """What a tenant used, day by day."""

    tenant: Tenant
    since: date
    until: date
    points: list[UsagePoint]
