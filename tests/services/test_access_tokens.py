import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from ragapp.core.errors import NotAuthenticated
from ragapp.core.ids import SessionId, TenantId, UserId
from ragapp.services.identity.access_tokens import AccessClaims, AccessTokens

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
ISSUER = "https://docs.example.hr"
HEADER = {"alg": "HS256", "typ": "at+jwt"}
CLAIMS = AccessClaims(SessionId("s1"), UserId("u1"), TenantId("t1"))
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "ragapp-api",
    "sub": "u1",
    "tenant": "t1",
    "jti": "s1",
    "iat": int(NOW.timestamp()),
    "exp": int((NOW + timedelta(hours=1)).timestamp()),
}


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(KEY, ISSUER)


def signed(header: dict[str, Any] = HEADER, key: bytes = KEY, **claims: Any) -> str:
    merged = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    return jwt.encode(header, merged, OctKey.import_key(key), algorithms=["HS256", "HS384", "HS512"])


def by_hand(header: dict[str, Any], signature: str = "") -> str:
    return f"{_part(header)}.{_part(GOOD)}.{signature}"


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def by_hand_signed(header: dict[str, Any], key: bytes = KEY) -> str:
    message = f"{_part(header)}.{_part(GOOD)}"
    signature = hmac.new(key, message.encode(), "sha256").digest()
    return f"{message}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def with_public_key_as_secret() -> str:
    return by_hand_signed(HEADER, RSAKey.generate_key(2048).as_pem(private=False))


def with_critical_header() -> str:
    return by_hand_signed({**HEADER, "crit": ["exp"], "exp": 1})


def with_swapped_claims() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{_part({**GOOD, 'sub': 'u2'})}.{signature}"


def test_what_was_issued_is_read(tokens: AccessTokens) -> None:
    token = tokens.issue(CLAIMS, issued_at=NOW, expires_at=NOW + timedelta(hours=1))
    assert tokens.read(token, at=NOW) == CLAIMS
    assert tokens.read(signed(), at=NOW) == CLAIMS
    assert tokens.read(by_hand_signed(HEADER), at=NOW) == CLAIMS


HOSTILE: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: by_hand({"alg": "none", "typ": "at+jwt"}),
    "no algorithm in capitals": lambda: by_hand({"alg": "NONE", "typ": "at+jwt"}),
    "no algorithm with a signature": lambda: by_hand({"alg": "none", "typ": "at+jwt"}, signed().split(".")[2]),
    "an empty signature": lambda: by_hand(HEADER),
    "another key": lambda: signed(key=OTHER_KEY),
    "a public key as the secret": with_public_key_as_secret,
    "another algorithm of the same family": lambda: signed({"alg": "HS512", "typ": "at+jwt"}),
    "another kind of token": lambda: signed({"alg": "HS256", "typ": "JWT"}),
    "no kind of token": lambda: signed({"alg": "HS256"}),
    "an unknown critical header": with_critical_header,
    "a key id": lambda: signed({**HEADER, "kid": "../../dev/null"}),
    "a key of its own": lambda: signed({**HEADER, "jwk": {"kty": "oct", "k": "b28"}}),
    "a key address": lambda: signed({**HEADER, "jku": "https://evil.example/keys"}),
    "other claims under the same signature": with_swapped_claims,
    "another audience": lambda: signed(aud="another"),
    "a list of audiences": lambda: signed(aud=["ragapp-api", "another"]),
    "no audience": lambda: signed(aud=None),
    "another issuer": lambda: signed(iss="https://evil.example"),
    "no issuer": lambda: signed(iss=None),
    "expired": lambda: signed(exp=int(NOW.timestamp())),
    "no expiry": lambda: signed(exp=None),
    "an expiry that is text": lambda: signed(exp="9999999999"),
    "an expiry that is true": lambda: signed(exp=True),
    "no session": lambda: signed(jti=None),
    "a list of sessions": lambda: signed(jti=["s1"]),
    "an empty session": lambda: signed(jti=""),
    "no tenant": lambda: signed(tenant=None),
    "no person": lambda: signed(sub=None),
    "a person that is a number": lambda: signed(sub=1),
    "a huge token": lambda: signed(padding="x" * 5000),
    "text that is no token": lambda: "a.b.c",
    "dots": lambda: "..",
    "not ASCII": lambda: signed() + "č",
    "a fourth part": lambda: signed() + ".x",
    "a space at the end": lambda: signed() + " ",
    "a shortened signature": lambda: signed()[:-2],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tokens_are_refused(tokens: AccessTokens, name: str) -> None:
    with pytest.raises(NotAuthenticated):
        tokens.read(HOSTILE[name](), at=NOW)
