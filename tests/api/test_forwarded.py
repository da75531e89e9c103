"""What stands in X-Forwarded-* counts when a listed proxy says it, and never otherwise."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import structlog
from httpx import ASGITransport, AsyncClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from ragapp.api.forwarded import believe_trusted_proxies
from ragapp.core.addresses import TrustedProxies, parse_networks


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    assert request.client is not None
    await PlainTextResponse(f"{request.client.host} {request.url.scheme}")(scope, receive, send)


async def seen_by_the_app(rest: SimpleNamespace, peer: str, headers: dict[str, str], trusted: str) -> str:
    rest.settings_view = replace(rest.settings_view, proxies=TrustedProxies(parse_networks(trusted)))
    transport = ASGITransport(believe_trusted_proxies(tell), client=(peer, 4711))
    async with AsyncClient(transport=transport, base_url="http://docs.example.hr") as client:
        return (await client.get("/", headers=headers)).text


TOLD = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.0.0.5", "203.0.113.7"])
async def test_without_the_setting_nobody_is_believed_not_even_on_loopback(rest: SimpleNamespace, peer: str) -> None:
    assert await seen_by_the_app(rest, peer, TOLD, "") == f"{peer} http"


async def test_a_listed_proxy_is_believed_about_its_own_client_only(rest: SimpleNamespace) -> None:
    assert await seen_by_the_app(rest, "10.0.0.5", TOLD, "10.0.0.0/24") == "203.0.113.9 https"
    assert await seen_by_the_app(rest, "10.0.1.5", TOLD, "10.0.0.0/24") == "10.0.1.5 http"


SCHEMES = [("https", "https"), ("http, https", "https"), ("https, http", "http"), ("javascript", "http"), ("", "http")]


@pytest.mark.parametrize(("told", "scheme"), SCHEMES)
async def test_the_scheme_is_the_nearest_proxys_word(rest: SimpleNamespace, told: str, scheme: str) -> None:
    assert await seen_by_the_app(rest, "10.0.0.5", {"X-Forwarded-Proto": told}, "10.0.0.5") == f"10.0.0.5 {scheme}"


async def test_a_proxy_that_was_forgotten_is_named_once_and_strangers_write_nothing(rest: SimpleNamespace) -> None:
    app = believe_trusted_proxies(tell)
    with structlog.testing.capture_logs() as logs:
        for peer in ("8.8.8.8", "127.0.0.1", "127.0.0.1"):
            async with AsyncClient(transport=ASGITransport(app, client=(peer, 1)), base_url="http://x") as client:
                await client.get("/", headers=TOLD)
    assert [(entry["event"], entry["address"]) for entry in logs] == [("proxy.not_trusted", "127.0.0.1")]
