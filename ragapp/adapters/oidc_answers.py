"""What sign-in services answer: token responses and what they say about people."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ragapp.adapters.oidc_discovery import read_object
from ragapp.core.errors import AddressRefused, FetchFailed, InvalidAddress
from ragapp.core.identity_providers import IdentityRefused, ProviderProblem, ProviderUnusable

_LONGEST_TOKEN = 32 * 1024
_LONGEST_TEXT = 300
_EMAIL = re.compile(r"[^@\s,;<>\x00-\x1f\"]{1,64}@[a-z0-9.-]{1,185}\.[a-z0-9-]{2,63}")
_SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "sms", "fpt", "face", "iris"})


@contextmanager
def as_problem() -> Iterator[None]:
    """Say of a call that failed what it means for whoever configured the service."""
    try:
        yield
    except InvalidAddress as error:
        raise ProviderUnusable(ProviderProblem.ADDRESS) from error
    except AddressRefused as error:
        raise ProviderUnusable(ProviderProblem.ADDRESS_REFUSED) from error
    except FetchFailed as error:
        raise ProviderUnusable(ProviderProblem.UNREACHABLE) from error


def read_tokens(content: bytes) -> tuple[str, str]:
    """Return the ID token and the access token of a token response.

    Raises:
        IdentityRefused: it is none.
    """
    try:
        response = read_object(content, ProviderProblem.INCOMPLETE)
    except ProviderUnusable as error:
        raise IdentityRefused("token_response") from error
    found = response.get("id_token"), response.get("access_token")
    kind = response.get("token_type")
    if not all(isinstance(token, str) and 0 < len(token) <= _LONGEST_TOKEN for token in found):
        raise IdentityRefused("token_response")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise IdentityRefused("token_response")
    return str(found[0]), str(found[1])


def verified_email(about: Mapping[str, Any]) -> str:
    """Return the address, lowercase, if the service says in so many words that it verified it; "" otherwise."""
    email = text_of(about.get("email")).lower()
    is_verified = about.get("email_verified") is True
    return email if is_verified and len(email) <= 254 and _EMAIL.fullmatch(email) else ""


def has_second_factor(claims: Mapping[str, Any]) -> bool:
    """Return whether the service says that it asked for more than one proof (RFC 8176)."""
    methods = claims.get("amr")
    return isinstance(methods, list) and any(method in _SECOND_FACTORS for method in methods if isinstance(method, str))


def text_of(value: object) -> str:
    """Return a claim as one short printable line, "" where it is no text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST_TEXT and line.isprintable() else ""
