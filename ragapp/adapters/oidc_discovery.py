"""What a sign-in service says about itself, and whether that is enough to use it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ragapp.adapters.id_tokens import ALGORITHMS
from ragapp.core.identity_providers import ProviderProblem, ProviderUnusable

_BASIC, _POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """The part of a discovery document that we use (OpenID Connect Discovery 1.0, RFC 8414, RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    client_authentication: str
    names_issuer_in_answers: bool


def discovery_url(issuer: str) -> str:
    """Return where an issuer describes itself."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def read_metadata(content: bytes, issuer: str) -> ProviderMetadata:
    """Read a discovery document.

    Raises:
        ProviderUnusable: it is none, it is another issuer's, or the service lacks what we need.
    """
    document = read_object(content, ProviderProblem.NO_DISCOVERY)
    if document.get("issuer") != issuer:
        raise ProviderUnusable(ProviderProblem.OTHER_ISSUER)
    endpoints = {name: document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    if not all(isinstance(value, str) and value for value in endpoints.values()):
        raise ProviderUnusable(ProviderProblem.INCOMPLETE)
    _ensure_flow(document)
    return ProviderMetadata(
        issuer=issuer,
        authorization_endpoint=str(endpoints["authorization_endpoint"]),
        token_endpoint=str(endpoints["token_endpoint"]),
        jwks_uri=str(endpoints["jwks_uri"]),
        userinfo_endpoint=str(document.get("userinfo_endpoint") or ""),
        client_authentication=_client_authentication(document),
        names_issuer_in_answers=document.get("authorization_response_iss_parameter_supported") is True,
    )


def read_keys(content: bytes) -> KeySet:
    """Read a key set.

    Raises:
        ProviderUnusable: it holds no key.
    """
    document = read_object(content, ProviderProblem.NO_KEYS)
    try:
        return KeySet.import_key_set(document)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProviderUnusable(ProviderProblem.NO_KEYS) from error


def read_object(content: bytes, problem: ProviderProblem) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ProviderUnusable: it is none.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProviderUnusable(problem) from error
    if not isinstance(document, dict):
        raise ProviderUnusable(problem)
    return document


def _ensure_flow(document: Mapping[str, Any]) -> None:
    if "code" not in _listed(document, "response_types_supported", "code"):
        raise ProviderUnusable(ProviderProblem.NO_CODE_FLOW)
    if "S256" not in _listed(document, "code_challenge_methods_supported", "S256"):
        raise ProviderUnusable(ProviderProblem.NO_PKCE)
    if not ALGORITHMS.keys() & _listed(document, "id_token_signing_alg_values_supported", "RS256"):
        raise ProviderUnusable(ProviderProblem.NO_SIGNATURE)


def _client_authentication(document: Mapping[str, Any]) -> str:
    offered = _listed(document, "token_endpoint_auth_methods_supported", _BASIC)
    for method in (_BASIC, _POST):
        if method in offered:
            return method
    raise ProviderUnusable(ProviderProblem.NO_CLIENT_AUTHENTICATION)


def _listed(document: Mapping[str, Any], name: str, default: str) -> set[str]:
    """Return the texts a member lists; one that is missing means its default."""
    values = document.get(name)
    return {value for value in values if isinstance(value, str)} if isinstance(values, list) else {default}
