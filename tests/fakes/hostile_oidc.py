"""A sign-in service that keeps every rule, until a test tells it to break one."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from ragapp.core.ports import Clock
from tests.fakes.connections import serving

CLIENT_ID, CLIENT_SECRET = "ragapp-client", "s3cret & / ü"
_RSA = [RSAKey.generate_key(2048, {"kid": f"k{number}", "use": "sig"}) for number in range(2)]
_KEYS = {"ES256": ECKey.generate_key("P-256", {"kid": "ec"}), "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"})}
_BY_KEY = {"RSA": "RS256", "EC": "ES256"}
SOMEBODY_ELSES_KEY = RSAKey.generate_key(2048, {"kid": "k0"})


@dataclass
class Token:
    """An ID token before it is signed; tests change what they like."""

    header: dict[str, Any]
    claims: Any
    key: Any
    raw: Callable[["Token"], str] | None = None

    def signed(self) -> str:
        if self.raw is not None:
            return self.raw(self)
        algorithm = jws.JWSRegistry.algorithms["Ed25519" if self.key.key_type == "OKP" else _BY_KEY[self.key.key_type]]
        signed = f"{_part(self.header)}.{_part(self.claims)}"
        return f"{signed}.{_encoded(algorithm.sign(signed.encode(), self.key))}"


@dataclass
class Grant:
    """What a code stands for."""

    asked: dict[str, str]
    claims: dict[str, Any]


Change = Callable[[Token], None]


@dataclass
class Provider:
    """An OpenID provider on loopback. `change` breaks tokens, `metadata` its description, `answer` token responses."""

    issuer: str
    clock: Clock
    change: Change | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    keys: list[Any] = field(default_factory=lambda: [_RSA[0], *_KEYS.values()])
    signing_key: Any = field(default_factory=lambda: _RSA[0])
    algorithm: str = "RS256"
    grants: dict[str, Grant] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    discovery: bytes | None = None
    redirect_to: str = ""

    def approve(self, url: str, **claims: Any) -> dict[str, str]:
        """Do what the browser's visit would: return the parameters it is sent back with."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
        person = {"sub": "ana-1", "email": "ana@lipa.hr", "email_verified": True, "name": "Ana Anić", **claims}
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(asked, {name: value for name, value in person.items() if value is not None})
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def rotate_keys(self) -> None:
        self.signing_key = _RSA[1]
        self.keys = [_RSA[1]]

    def respond(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        path = urlsplit(target).path
        self.requests.append(f"{method} {path}")
        if path == "/.well-known/openid-configuration":
            return 200, self.discovery if self.discovery is not None else json.dumps(self.describe()).encode()
        if path == "/keys":
            return 200, json.dumps(KeySet(self.keys).as_dict(private=False)).encode()
        if path == "/userinfo" and self.userinfo is not None:
            return 200, json.dumps(self.userinfo).encode()
        if path == "/token" and method == "POST":
            return self.exchange(headers, parse_qs(body.decode()))
        return 404, b"{}"

    def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def exchange(self, headers: dict[str, str], form: dict[str, list[str]]) -> tuple[int, bytes]:
        grant = self.grants.pop(form["code"][0], None)
        pair = base64.b64decode(headers.get("authorization", "")[6:]).decode().split(":")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=")
        if [unquote(part) for part in pair] != [CLIENT_ID, CLIENT_SECRET] or grant is None:
            return 400, b'{"error": "invalid_grant"}'
        same = form["redirect_uri"][0] == grant.asked["redirect_uri"]
        if challenge.decode() != grant.asked["code_challenge"] or not same:
            return 400, b'{"error": "invalid_grant"}'
        access_token = secrets.token_urlsafe(16)
        return 200, json.dumps(
            {"token_type": "Bearer", "access_token": access_token, "id_token": self.id_token(grant, access_token)}
            | self.answer
        ).encode()

    def id_token(self, grant: Grant, access_token: str) -> str:
        now = int(self.clock.now().timestamp())
        digest = hashlib.sha512 if self.algorithm == "EdDSA" else hashlib.sha256
        half = digest(access_token.encode()).digest()
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": grant.asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half[: len(half) // 2]).rstrip(b"=").decode(),
            **grant.claims,
        }
        token = Token({"alg": self.algorithm, "kid": self.signing_key.kid}, claims, self.signing_key)
        if self.change is not None:
            self.change(token)
        return token.signed()

    def sign_with(self, algorithm: str) -> None:
        self.algorithm, self.signing_key = algorithm, _KEYS[algorithm]


def unsigned(token: Token) -> str:
    """`alg: none`, as RFC 7515 would write it."""
    return ".".join([_part(token.header | {"alg": "none"}), _part(token.claims), ""])


def signed_with_the_public_key(token: Token) -> str:
    """HS256 with the bytes of the public key as the secret: the classic confusion of algorithms."""
    signed = f"{_part({'alg': 'HS256', 'kid': 'k0'})}.{_part(token.claims)}"
    return f"{signed}.{_encoded(hmac.new(_RSA[0].as_pem(private=False), signed.encode(), 'sha256').digest())}"


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@asynccontextmanager
async def running_provider(clock: Clock) -> AsyncIterator[Provider]:
    """Serve one on loopback until the block ends."""
    provider = Provider("", clock)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, target, _ = head[0].split(" ")
        status, content = provider.respond(method, target, headers, body)
        more = f"Location: {provider.redirect_to}\r\n" if provider.redirect_to else ""
        status = 302 if provider.redirect_to else status
        writer.write(
            f"HTTP/1.1 {status} X\r\n{more}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + content
        )
        await writer.drain()

    async with serving(serve) as port:
        provider.issuer = f"http://127.0.0.1:{port}"
        yield provider
