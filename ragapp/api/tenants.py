"""Tenants as the platform operator manages them: names, plans and counts, never content."""

from datetime import date
from typing import Annotated

from fastapi import Query

from ragapp.api.operators import OperatorScope, operator_router
from ragapp.api.parameters import Cursor, Limit, SearchText, TenantId
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.tenants import CreatedTenant, NewTenant, Suspension, Tenant, TenantChange, TenantUsage
from ragapp.services.registry import current
from ragapp.services.tenancy.tenant_views import TenantCreated, TenantStatus, TenantSummary, TenantUsageView
from ragapp.services.views import Page

router = operator_router("tenants")

Confirmation = Annotated[str, Query(max_length=100, description="The tenant's short name, to confirm.")]
StatusFilter = Annotated[TenantStatus | None, Query(description="Only tenants in this state.")]
Day = Annotated[date | None, Query(description="A day (UTC); by default the last thirty days.")]


@router.get("/tenants", response_model=ItemPage[Tenant])
async def list_tenants(
    scope: OperatorScope, limit: Limit = 50, cursor: Cursor = None, q: SearchText = "", status: StatusFilter = None
) -> Page[TenantSummary]:
    """Return tenants, newest first; `q` searches names and short names."""
    return await current().tenants.list(scope, limit=limit, cursor=cursor, query=q, status=status)


@router.post("/tenants", status_code=201, response_model=CreatedTenant)
async def create_tenant(body: NewTenant, scope: OperatorScope) -> TenantCreated:
    """Create a tenant and invite its first owner."""
    return await current().tenants.create(
        scope,
        name=body.name,
        owner_email=body.owner_email,
        slug=body.slug,
        plan=body.plan,
        limits=body.limits.named() if body.limits is not None else None,
        language=body.language,
    )


@router.get("/tenants/{tenant_id}", response_model=Tenant)
async def get_tenant(tenant_id: TenantId, scope: OperatorScope) -> TenantSummary:
    """Return a tenant."""
    return await current().tenants.get(scope, tenant_id)


@router.patch("/tenants/{tenant_id}", response_model=Tenant)
async def change_tenant(tenant_id: TenantId, body: TenantChange, scope: OperatorScope) -> TenantSummary:
    """Rename a tenant, change its plan or the limits set instead of the plan's."""
    limits = body.limits.named() if body.limits is not None else None
    return await current().tenants.update(scope, tenant_id, name=body.name, plan=body.plan, limits=limits)


@router.post("/tenants/{tenant_id}/suspend", response_model=Tenant)
async def suspend_tenant(tenant_id: TenantId, body: Suspension, scope: OperatorScope) -> TenantSummary:
    """Keep a tenant's people, keys and tasks out, at once; nothing is lost."""
    return await current().tenants.suspend(scope, tenant_id, reason=body.reason)


@router.post("/tenants/{tenant_id}/resume", response_model=Tenant)
async def resume_tenant(tenant_id: TenantId, scope: OperatorScope) -> TenantSummary:
    """Let a suspended tenant work again."""
    return await current().tenants.resume(scope, tenant_id)


@router.delete("/tenants/{tenant_id}", status_code=202, response_model=Tenant)
async def erase_tenant(tenant_id: TenantId, confirm: Confirmation, scope: OperatorScope) -> TenantSummary:
    """Erase a tenant with everything it holds. This cannot be taken back."""
    return await current().erasure.erase(scope, tenant_id, confirmed_slug=confirm)


@router.get("/tenants/{tenant_id}/usage", response_model=TenantUsage)
async def get_tenant_usage(
    tenant_id: TenantId, scope: OperatorScope, since: Day = None, until: Day = None
) -> TenantUsageView:
    """Return what a tenant used, day by day."""
    return await current().tenants.usage(scope, tenant_id, since=since, until=until)
