"""API keys: the caller's own, and for those who manage them everybody's."""

from functools import partial
from typing import Annotated, Literal

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.idempotency import create_once
from ragapp.api.parameters import ApiKeyId, Cursor, IdempotencyKey, Limit
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.members import ApiKey, CreatedApiKey, NewApiKey
from ragapp.services.registry import current
from ragapp.services.tenancy.member_views import ApiKeyView
from ragapp.services.views import Page

router = caller_router("api keys")

Whose = Annotated[Literal["mine", "all"], Query(alias="scope", description="`all` needs the right to manage keys.")]


@router.get("/api-keys", response_model=ItemPage[ApiKey])
async def list_api_keys(
    scope: CallerScope, limit: Limit = 50, cursor: Cursor = None, whose: Whose = "mine"
) -> Page[ApiKeyView]:
    """Return keys, newest first, ended ones too."""
    return await current().api_keys.list(scope, limit=limit, cursor=cursor, of_everybody=whose == "all")


@router.post("/api-keys", status_code=201, response_model=CreatedApiKey)
async def create_api_key(body: NewApiKey, scope: CallerScope, key: IdempotencyKey = None) -> object:
    """Make a key for the caller; its token is in this answer and nowhere else."""
    make = current().api_keys.create
    create = partial(make, scope, name=body.name, scopes=body.scopes, expires_at=body.expires_at)
    return await create_once(scope, key, body, CreatedApiKey, create)


@router.delete("/api-keys/{api_key_id}", status_code=204)
async def revoke_api_key(api_key_id: ApiKeyId, scope: CallerScope) -> None:
    """End a key, at once."""
    await current().api_keys.revoke(scope, api_key_id)
