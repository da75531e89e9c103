"""What may be written down about a sign-in service."""

from collections.abc import Mapping
from typing import Any

from ragapp.core.errors import InvalidInput, InvalidIssuer
from ragapp.core.identity_providers import IdentityProviderClient, ProviderUnusable
from ragapp.core.scope import Role, TenantScope, is_at_least
from ragapp.models import IdentityProvider
from ragapp.services.identity.mail_domains import parse_domains
from ragapp.services.identity.provider_views import NewProvider, ProviderChange

_LONGEST = {"name": 100, "client_id": 255, "client_secret": 1000}


def secret_context(tenant_id: str, provider_id: str) -> str:
    """Return what a client secret is bound to: copied into another row it cannot be read."""
    return f"client-secret:{tenant_id}:{provider_id}"


def given_values(request: NewProvider | ProviderChange) -> dict[str, Any]:
    """Return what a request sets, by column."""
    values = {name: getattr(request, name) for name in type(request).__dataclass_fields__}
    return {name: value for name, value in values.items() if value is not None}


def checked_values(scope: TenantScope, given: Mapping[str, Any], client: IdentityProviderClient) -> dict[str, Any]:
    """Return values as they may be stored; the client secret still in the clear.

    Raises:
        InvalidIssuer, InvalidInput: see the message.
    """
    values = {**given, **{name: _text(name, given[name]) for name in _LONGEST if name in given}}
    if "issuer" in values:
        values["issuer"] = _checked_issuer(values["issuer"], client)
    if "domains" in values:
        values["domains"] = list(parse_domains(tuple(values["domains"])))
    if "default_role" in values:
        values["default_role"] = _granted_role(scope, values["default_role"])
    return values


def changes_the_service(row: IdentityProvider, values: Mapping[str, Any]) -> bool:
    """Return whether people who sign in there would meet another service afterwards, or none."""
    if not row.is_enabled:
        return False
    is_another = any(name in values and values[name] != getattr(row, name) for name in ("issuer", "client_id"))
    return is_another or "client_secret" in values or values.get("is_enabled") is False


def _checked_issuer(issuer: str, client: IdentityProviderClient) -> str:
    try:
        return client.check_address(issuer.strip())
    except ProviderUnusable as error:
        raise InvalidIssuer(details={"field": "issuer"}) from error


def _text(name: str, value: str) -> str:
    text = value.strip()
    if not text or len(text) > _LONGEST[name] or not text.isprintable():
        raise InvalidInput("Fill in name, client id and client secret.", details={"field": name})
    return text


def _granted_role(scope: TenantScope, role: Role) -> str:
    """Return a role that joining may give: never an owner's, never above the role of who configures it."""
    if role is Role.OWNER or not is_at_least(scope.role, role):
        problem = "No one becomes an owner by joining. Choose another role."
        raise InvalidInput(problem, details={"field": "default_role"})
    return role.value
