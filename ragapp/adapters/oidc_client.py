"""OpenID Connect: authorization code flow with PKCE, state and nonce, after RFC 9700. Addresses are tenants' own."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from ragapp.adapters.id_tokens import Expected, UnknownKey, authenticated_at, verify_id_token
from ragapp.adapters.oidc_answers import as_problem, has_second_factor, read_tokens, text_of, verified_email
from ragapp.adapters.oidc_discovery import ProviderMetadata, discovery_url, read_keys, read_metadata, read_object
from ragapp.adapters.remembered import Remembered
from ragapp.core.identity_providers import (
    ClientRegistration,
    IdentityRefused,
    Proofs,
    ProviderAnswer,
    ProviderProblem,
    ProviderUnusable,
    VerifiedIdentity,
)
from ragapp.core.ports import Clock

_OK = 200
_SCOPE = "openid profile email"
_FORM = "application/x-www-form-urlencoded"
_REMEMBERED_S = 600.0
_REFETCH_KEYS_S = 30.0
_LONGEST_CODE = 4096


class Answer(Protocol):
    """What a call gave back."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def content(self) -> bytes:
        """The body, unpacked."""


class Calls(Protocol):
    """Guarded HTTP; see `adapters.fetching.calls`."""

    def check(self, url: str) -> str:
        """Return an address in its one spelling, or raise."""

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for JSON."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body."""


class OidcClient:
    """Implements `core.identity_providers.IdentityProviderClient`."""

    def __init__(self, calls: Calls, clock: Clock, now_s: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._clock = clock
        self._metadata: Remembered[ProviderMetadata] = Remembered(now_s)
        self._keys: Remembered[KeySet] = Remembered(now_s)
        self._asked_again: Remembered[bool] = Remembered(now_s)

    def check_address(self, issuer: str) -> str:
        """Return an issuer's address; see the port."""
        parts = urlsplit(issuer)
        if not issuer.isascii() or "?" in issuer or "#" in issuer or not parts.hostname:
            raise ProviderUnusable(ProviderProblem.ADDRESS)
        self._check_endpoint(discovery_url(issuer))
        return issuer

    async def check(self, issuer: str) -> None:
        """Ask the service whether it can be used; see the port."""
        self._metadata.forget(issuer)
        metadata = await self._describe(issuer)
        self._keys.forget(metadata.jwks_uri)
        await self._fetch_keys(metadata)

    async def authorization_url(self, registration: ClientRegistration, proofs: Proofs, *, login_hint: str = "") -> str:
        """Return where to send the browser; see the port."""
        metadata = await self._describe(registration.issuer)
        more = {"login_hint": login_hint} if login_hint else {}
        if proofs.must_be_fresh:
            more |= {"prompt": "login", "max_age": "0"}
        url: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            client_id=registration.client_id,
            response_type="code",
            redirect_uri=registration.redirect_uri,
            scope=_SCOPE,
            state=proofs.state,
            nonce=proofs.nonce,
            code_challenge=create_s256_code_challenge(proofs.code_verifier),
            code_challenge_method="S256",
            **more,
        )
        return url

    async def redeem(
        self, registration: ClientRegistration, proofs: Proofs, answer: ProviderAnswer
    ) -> VerifiedIdentity:
        """Exchange a code for an identity; see the port."""
        metadata = await self._describe(registration.issuer)
        if answer.issuer != metadata.issuer and (answer.issuer or metadata.names_issuer_in_answers):
            raise IdentityRefused("answer_of_another_issuer")
        id_token, access_token = await self._exchange(metadata, registration, proofs, answer.code)
        now = self._clock.now()
        expected = Expected(
            issuer=metadata.issuer,
            client_id=registration.client_id,
            nonce=proofs.nonce,
            access_token=access_token,
            now=now,
            fresh_since=proofs.started_at if proofs.must_be_fresh else None,
        )
        claims = await self._verified(metadata, id_token, expected)
        about = claims if "email" in claims else await self._userinfo(metadata, claims, access_token)
        return VerifiedIdentity(
            issuer=metadata.issuer,
            subject=claims["sub"],
            email=verified_email(about),
            name=text_of(about.get("name")) or text_of(claims.get("name")),
            authenticated_at=authenticated_at(claims, now),
            has_second_factor=has_second_factor(claims),
        )

    async def _describe(self, issuer: str) -> ProviderMetadata:
        known = self._metadata.recall(issuer, _REMEMBERED_S)
        if known is not None:
            return known
        content = await self._get(discovery_url(issuer), ProviderProblem.NO_DISCOVERY)
        metadata = read_metadata(content, issuer)
        for endpoint in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
            self._check_endpoint(endpoint)
        return self._metadata.keep(issuer, metadata)

    def _check_endpoint(self, url: str) -> None:
        with as_problem():
            self._calls.check(url)

    async def _fetch_keys(self, metadata: ProviderMetadata) -> KeySet:
        content = await self._get(metadata.jwks_uri, ProviderProblem.NO_KEYS)
        return self._keys.keep(metadata.jwks_uri, read_keys(content))

    async def _verified(self, metadata: ProviderMetadata, token: str, expected: Expected) -> dict[str, Any]:
        """Check a token; with keys that may be outdated once more with fresh ones, as services change their keys."""
        keys = self._keys.recall(metadata.jwks_uri, _REMEMBERED_S) or await self._fetch_keys(metadata)
        try:
            return verify_id_token(token, keys, expected)
        except UnknownKey:
            if self._asked_again.recall(metadata.jwks_uri, _REFETCH_KEYS_S):
                raise IdentityRefused("unknown_key") from None
        self._asked_again.keep(metadata.jwks_uri, True)
        try:
            return verify_id_token(token, await self._fetch_keys(metadata), expected)
        except UnknownKey as error:
            raise IdentityRefused("unknown_key") from error

    async def _exchange(
        self, metadata: ProviderMetadata, registration: ClientRegistration, proofs: Proofs, code: str
    ) -> tuple[str, str]:
        if not 0 < len(code) <= _LONGEST_CODE:
            raise IdentityRefused("code")
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": registration.redirect_uri,
            "code_verifier": proofs.code_verifier,
        }
        # RFC 6749 2.3.1: both are form-encoded before they are joined.
        pair = registration.client_id, registration.client_secret
        if metadata.client_authentication == "client_secret_basic":
            pair = quote(pair[0], safe=""), quote(pair[1], safe="")
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        signed = ClientAuth(*pair, metadata.client_authentication)
        url, headers, body = signed.prepare("POST", metadata.token_endpoint, headers, urlencode(fields))
        with as_problem():
            response = await self._calls.post(url, body.encode(), headers)
        if response.status != _OK:
            raise IdentityRefused("code_not_accepted")
        return read_tokens(response.content)

    async def _userinfo(self, metadata: ProviderMetadata, claims: Mapping[str, Any], token: str) -> Mapping[str, Any]:
        """Return what the service says about the person beside the token, which need not hold an address."""
        if not metadata.userinfo_endpoint:
            return claims
        with as_problem():
            response = await self._calls.get(metadata.userinfo_endpoint, {"Authorization": f"Bearer {token}"})
        if response.status != _OK:
            raise IdentityRefused("userinfo")
        about = read_object(response.content, ProviderProblem.INCOMPLETE)
        if about.get("sub") != claims["sub"]:
            raise IdentityRefused("userinfo_of_another_subject")
        return about

    async def _get(self, url: str, problem: ProviderProblem) -> bytes:
        with as_problem():
            response = await self._calls.get(url)
        if response.status != _OK:
            raise ProviderUnusable(problem)
        return response.content
