"""ID tokens: signature, header and every claim against allow-lists. No token chooses how it is checked."""

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from ragapp.core.identity_providers import IdentityRefused

ALGORITHMS = {
    "RS256": hashlib.sha256,
    "RS384": hashlib.sha384,
    "RS512": hashlib.sha512,
    "PS256": hashlib.sha256,
    "PS384": hashlib.sha384,
    "PS512": hashlib.sha512,
    "ES256": hashlib.sha256,
    "ES384": hashlib.sha384,
    "ES512": hashlib.sha512,
    "EdDSA": hashlib.sha512,
    "Ed25519": hashlib.sha512,
}
"""Accepted signatures, all by key pairs, and the hash each of them goes with."""

MAX_CHARACTERS = 16 * 1024
SKEW = timedelta(seconds=60)
_KEY_KINDS: dict[str, type[Any]] = {"R": RSAKey, "P": RSAKey, "E": ECKey}
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256", "cty"})
_MIN_RSA_BITS = 2048
_LONGEST_SUBJECT = 255


class UnknownKey(Exception):
    """The token names a key that the service does not show (any more, or yet)."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say to be ours."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    now: datetime
    fresh_since: datetime | None = None


def verify_id_token(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """Return the claims of a token that proves who somebody is.

    Raises:
        IdentityRefused: it does not. UnknownKey: it may, with newer keys.
    """
    if len(token) > MAX_CHARACTERS or not token.isascii():
        raise IdentityRefused("token_size")
    header = _read_header(token)
    claims = _verified_claims(token, header, _key_for(header, keys))
    _check_names(claims, expected)
    _check_audience(claims, expected.client_id)
    _check_times(claims, expected)
    _check_access_token_hash(claims, str(header["alg"]), expected.access_token)
    _check_once_more(claims, header, expected)
    return claims


def _read_header(token: str) -> dict[str, Any]:
    try:
        first = token.split(".", 1)[0]
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError) as error:
        raise IdentityRefused("token_form") from error
    if not isinstance(header, dict) or header.get("alg") not in ALGORITHMS:
        raise IdentityRefused("algorithm")
    if set(header) - _HEADER_MEMBERS:
        # `crit` is among them, and every header that brings keys of its own.
        raise IdentityRefused("header")
    if str(header.get("typ", "JWT")).lower() != "jwt":
        raise IdentityRefused("token_type")
    return header


def _key_for(header: Mapping[str, Any], keys: KeySet) -> Any:
    algorithm, named = str(header["alg"]), header.get("kid")
    kind = OKPKey if algorithm in ("EdDSA", "Ed25519") else _KEY_KINDS[algorithm[0]]
    fitting = [key for key in keys if isinstance(key, kind) and _may_verify(key, algorithm)]
    chosen = fitting if named is None else [key for key in fitting if key.kid == named]
    if not chosen:
        raise UnknownKey
    if len(chosen) > 1:
        raise IdentityRefused("key_not_named")
    return chosen[0]


def _may_verify(key: Any, algorithm: str) -> bool:
    values = key.as_dict(private=False)
    if values.get("use", "sig") != "sig" or values.get("alg", algorithm) != algorithm:
        return False
    return not isinstance(key, RSAKey) or key.public_key.key_size >= _MIN_RSA_BITS


def _verified_claims(token: str, header: Mapping[str, Any], key: Any) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            # The library warns of the older name of Ed25519, which services still use.
            warnings.simplefilter("ignore", SecurityWarning)
            signed = jws.deserialize_compact(token, key, algorithms=[str(header["alg"])])
        claims = json.loads(signed.payload or b"")
    except (JoseError, ValueError, RecursionError) as error:
        raise IdentityRefused("signature") from error
    if not isinstance(claims, dict):
        raise IdentityRefused("token_form")
    return claims


def _check_names(claims: Mapping[str, Any], expected: Expected) -> None:
    subject, nonce = claims.get("sub"), claims.get("nonce")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise IdentityRefused("subject")
    if claims.get("iss") != expected.issuer:
        raise IdentityRefused("issuer")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise IdentityRefused("nonce")


def _check_once_more(claims: dict[str, Any], header: dict[str, Any], expected: Expected) -> None:
    """Let the library have its say: it knows claims that are not looked at here, such as `nbf`."""
    token = CodeIDToken(claims, header, params={"nonce": expected.nonce, "client_id": expected.client_id})
    try:
        token.validate(now=int(expected.now.timestamp()), leeway=int(SKEW.total_seconds()))
    except (JoseError, ValueError, TypeError) as error:
        raise IdentityRefused("claims") from error


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    listed = [audience] if isinstance(audience, str) else audience
    if not isinstance(listed, list) or client_id not in listed:
        raise IdentityRefused("audience")
    if party is None and len(listed) == 1:
        return
    if party != client_id:
        raise IdentityRefused("authorized_party")


def _check_times(claims: Mapping[str, Any], expected: Expected) -> None:
    expires_at, issued_at = _time(claims, "exp"), _time(claims, "iat")
    if expires_at is None or expected.now > expires_at + SKEW:
        raise IdentityRefused("expired")
    if issued_at is None or issued_at > expected.now + SKEW:
        raise IdentityRefused("issued_in_the_future")
    if expected.fresh_since is not None:
        authenticated_at = _time(claims, "auth_time")
        if authenticated_at is None or not expected.fresh_since - SKEW <= authenticated_at <= expected.now + SKEW:
            raise IdentityRefused("not_authenticated_anew")


def _time(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def authenticated_at(claims: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when the person typed their credentials, never in the future; None if the token does not say."""
    at = _time(claims, "auth_time")
    return min(at, now) if at else None


def _check_access_token_hash(claims: Mapping[str, Any], algorithm: str, access_token: str) -> None:
    said = claims.get("at_hash")
    if said is None:
        return
    made = ALGORITHMS[algorithm](access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(made[: len(made) // 2]).rstrip(b"=")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), expected):
        raise IdentityRefused("access_token_hash")
