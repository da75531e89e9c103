"""The tenant's sign-in services and policy, and the caller's links to them."""

from functools import partial

from ragapp.api.credentials import CallerScope
from ragapp.api.idempotency import create_once
from ragapp.api.parameters import IdempotencyKey, ProviderId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.sign_in import (
    LinkedIdentityShape,
    NewSignInProvider,
    SignInPolicyChange,
    SignInPolicyShape,
    SignInProvider,
    SignInProviderChange,
    SignInProviderCheck,
)
from ragapp.core.scope import Role
from ragapp.services.identity.provider_views import (
    LinkedIdentity,
    NewProvider,
    ProviderChange,
    ProviderCheck,
    ProviderView,
    SignInPolicy,
)
from ragapp.services.registry import current
from ragapp.services.views import Page

router = caller_router("sign-in")


@router.get("/sign-in-providers", response_model=ItemPage[SignInProvider])
async def list_providers(scope: CallerScope) -> Page[ProviderView]:
    """Return every sign-in service of the tenant, in one page."""
    return Page(await current().providers.list(scope))


@router.post("/sign-in-providers", status_code=201, response_model=SignInProvider)
async def create_provider(body: NewSignInProvider, scope: CallerScope, key: IdempotencyKey = None) -> object:
    """Add a sign-in service."""
    values = body.model_dump()
    new = NewProvider(
        **{**values, "domains": tuple(body.domains), "default_role": Role(body.default_role)}
    )
    return await create_once(scope, key, body, SignInProvider, partial(current().providers.create, scope, new))


@router.get("/sign-in-providers/{provider_id}", response_model=SignInProvider)
async def get_provider(provider_id: ProviderId, scope: CallerScope) -> ProviderView:
    """Return a sign-in service."""
    return await current().providers.get(scope, provider_id)


@router.patch("/sign-in-providers/{provider_id}", response_model=SignInProvider)
async def change_provider(provider_id: ProviderId, body: SignInProviderChange, scope: CallerScope) -> ProviderView:
    """Change a sign-in service; sessions that began there end when it is another one afterwards, or off."""
    values = body.model_dump()
    domains = None if body.domains is None else tuple(body.domains)
    role = None if body.default_role is None else Role(body.default_role)
    change = ProviderChange(**{**values, "domains": domains, "default_role": role})
    return await current().providers.update(scope, provider_id, change)


@router.delete("/sign-in-providers/{provider_id}", status_code=204)
async def delete_provider(provider_id: ProviderId, scope: CallerScope) -> None:
    """Remove a sign-in service."""
    await current().providers.delete(scope, provider_id)


@router.post("/sign-in-providers/{provider_id}/test", response_model=SignInProviderCheck)
async def test_provider(provider_id: ProviderId, scope: CallerScope) -> ProviderCheck:
    """Ask a sign-in service whether it can be used as it is configured."""
    return await current().providers.check(scope, provider_id)


@router.get("/sign-in-policy", response_model=SignInPolicyShape)
async def get_policy(scope: CallerScope) -> SignInPolicy:
    """Return how members sign in."""
    return await current().providers.get_policy(scope)


@router.patch("/sign-in-policy", response_model=SignInPolicyShape)
async def change_policy(body: SignInPolicyChange, scope: CallerScope) -> SignInPolicy:
    """Change how members sign in; passwords go only for an owner who came in through a sign-in service."""
    return await current().providers.set_policy(
        scope, password_sign_in=body.password_sign_in, second_factor_required=body.second_factor_required
    )


@router.get("/me/identities", response_model=ItemPage[LinkedIdentityShape])
async def list_identities(scope: CallerScope) -> Page[LinkedIdentity]:
    """Return the caller's identities at the tenant's sign-in services."""
    return Page(await current().linked_identities.list(scope))


@router.delete("/me/identities/{key}", status_code=204)
async def unlink_identity(key: str, scope: CallerScope) -> None:
    """Let one of the caller's identities sign nobody in any more."""
    await current().linked_identities.unlink(scope, key)
