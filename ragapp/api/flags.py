"""Features of the tenant, switched on and off; and what its plan lets it use."""

from ragapp.api.credentials import CallerScope
from ragapp.api.routes import caller_router
from ragapp.api.schemas.oversight import FlagChange, Flags, Limits
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import FlagView, LimitsView

router = caller_router("tenant")


@router.get("/flags", response_model=Flags)
async def list_flags(scope: CallerScope) -> dict[str, tuple[FlagView, ...]]:
    """Return every feature with who decided it."""
    return {"items": await current().flags.list(scope)}


@router.patch("/flags", response_model=Flags)
async def change_flags(body: FlagChange, scope: CallerScope) -> dict[str, tuple[FlagView, ...]]:
    """Switch features on or off for the whole tenant; null goes back to the default."""
    return {"items": await current().flags.change(scope, body.flags)}


@router.get("/limits", response_model=Limits)
async def get_limits(scope: CallerScope) -> LimitsView:
    """Return what the tenant may use and uses now."""
    return await current().limits.of_tenant(scope)
