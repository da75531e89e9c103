"""The caller's own tenant."""

from typing import Annotated

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.routes import caller_router
from ragapp.api.schemas.tenants import OutdatedChats, TenantSettings, TenantSettingsChange
from ragapp.services.registry import current
from ragapp.services.tenancy.tenant_settings import MAX_RETENTION_DAYS, SettingsChange
from ragapp.services.tenancy.tenant_views import TenantSettingsView

router = caller_router("tenant")

Days = Annotated[int, Query(ge=1, le=MAX_RETENTION_DAYS)]


@router.get("/tenant", response_model=TenantSettings)
async def get_tenant(scope: CallerScope) -> TenantSettingsView:
    """Return the settings of the caller's tenant."""
    return await current().tenant_settings.get(scope)


@router.patch("/tenant", response_model=TenantSettings)
async def change_tenant(body: TenantSettingsChange, scope: CallerScope) -> TenantSettingsView:
    """Change settings; caps need the right to manage limits, everything else that to manage the tenant."""
    change = SettingsChange(
        name=body.name,
        language=body.language,
        chat_retention_days=body.chat_retention_days,
        chat_sharing=body.chat_sharing,
        admins_may_read_chats=body.admins_may_read_chats,
        caps=body.caps.named() if body.caps is not None else None,
    )
    return await current().tenant_settings.update(scope, change)


@router.get("/tenant/outdated-chats", response_model=OutdatedChats)
async def count_outdated_chats(scope: CallerScope, days: Days) -> dict[str, int]:
    """Return how many chats a retention of so many days would delete now; nothing is deleted."""
    return {"days": days, "chat_count": await current().tenant_settings.count_outdated_chats(scope, days)}
