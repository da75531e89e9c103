"""The caller."""

from ragapp.api.credentials import CallerScope
from ragapp.api.routes import caller_router
from ragapp.api.schemas.account import Me
from ragapp.services.registry import current
from ragapp.services.views import MeView

router = caller_router("account")


@router.get("/me", response_model=Me)
async def get_me(scope: CallerScope) -> MeView:
    """Return who is calling, for which tenant, with which rights and limits."""
    return await current().accounts.me(scope)
