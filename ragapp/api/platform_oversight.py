"""What operators decide for all tenants, and see of the service: counts and states, never content."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query

from ragapp.api.audit import Actions, KeptCheckpoint, Moment, Person, chain_answer, wanted_events
from ragapp.api.operators import OperatorScope, operator_router
from ragapp.api.parameters import Cursor, Limit
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.oversight import (
    AuditEvent,
    Chain,
    GlobalFlagChange,
    GlobalFlags,
    ServiceHealth,
    TenantsUse,
    TenantUse,
)
from ragapp.api.usage import Day, span
from ragapp.core.flags import GlobalFlag
from ragapp.services.oversight.oversight_views import AuditEventView, HealthSeries
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import GlobalFlagView
from ragapp.services.views import Page

router = operator_router("platform")

_MOST_HOURS = 14 * 24


@router.get("/platform/flags", response_model=GlobalFlags)
async def list_global_flags(scope: OperatorScope) -> dict[str, tuple[GlobalFlagView, ...]]:
    """Return what is decided about every feature for all tenants."""
    return {"items": await current().flags.list_global(scope)}


@router.patch("/platform/flags", response_model=GlobalFlags)
async def change_global_flag(
    body: GlobalFlagChange, scope: OperatorScope
) -> dict[str, tuple[GlobalFlagView, ...]]:
    """Set a feature's default for tenants or, enforced, its value for all of them."""
    decision = None if body.is_on is None else GlobalFlag(body.is_on, body.is_enforced)
    return {"items": await current().flags.change_global(scope, body.flag, decision)}


@router.get("/platform/health", response_model=ServiceHealth)
async def get_health_over_time(
    scope: OperatorScope,
    hours: Annotated[int, Query(ge=1, le=_MOST_HOURS)] = 24,
    step_s: Annotated[int, Query(ge=60, le=86_400)] = 600,
) -> dict[str, tuple[HealthSeries, ...]]:
    """Return how every part of the service was, up to two weeks back."""
    since = datetime.now(UTC) - timedelta(hours=hours)
    return {"items": await current().health_history.series(scope, since=since, step_s=step_s)}


@router.get("/platform/usage", response_model=TenantsUse)
async def get_usage_of_tenants(scope: OperatorScope, since: Day = None, until: Day = None) -> TenantsUse:
    """Return what every tenant used, by metric."""
    first, last = span(since, until)
    found = await current().usage.of_all(scope, since=first, until=last)
    return TenantsUse(items=[TenantUse(tenant_id=tenant, amounts=dict(amounts)) for tenant, amounts in found.items()])


@router.get("/platform/audit", response_model=ItemPage[AuditEvent])
async def list_platform_events(
    scope: OperatorScope,
    limit: Limit = 50,
    cursor: Cursor = None,
    action: Actions = [],  # noqa: B006 - read only
    person: Person = "",
    since: Moment = None,
    until: Moment = None,
) -> Page[AuditEventView]:
    """Return the platform's own events, newest first."""
    wanted = wanted_events(action, person, since, until)
    return await current().audit_log.list_platform(scope, wanted, limit=limit, cursor=cursor)


@router.get("/platform/audit/verification", response_model=Chain)
async def verify_platform_events(scope: OperatorScope, checkpoint: KeptCheckpoint = "") -> Chain:
    """Check the platform's own chain."""
    return chain_answer(await current().audit_log.verify_platform(scope, checkpoint=checkpoint))
