"""Forms, requests with a cookie, sockets and page uploads trust the same origins: the own one and those listed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.responses import PlainTextResponse

from ragapp.api.origins import refuse_foreign_origins
from ragapp.config import Settings
from tests.fakes.services import COOKIE, PUBLIC_URL

LISTED = "https://portal.example.hr"
OTHERS = ("https://evil.example", f"{LISTED}.evil.example", "http://portal.example.hr", "null")


@pytest.fixture
async def listing(rest: SimpleNamespace, anonymous: AsyncClient) -> AsyncClient:
    """A browser with a session, at an installation that trusts one origin more."""
    settings = Settings(database_url="sqlite://", allowed_origins=f" {LISTED}/ ,")
    rest.settings_view = replace(rest.settings_view, origins=settings.origins)
    anonymous.cookies.set(COOKIE, "session-owner")
    return anonymous


@pytest.fixture
async def door(listing: AsyncClient) -> AsyncIterator[AsyncClient]:
    """What stands before sockets and uploads of the pages."""
    transport = ASGITransport(refuse_foreign_origins(PlainTextResponse("served")))
    async with AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


@pytest.mark.parametrize("origin", [PUBLIC_URL, LISTED, *OTHERS])
async def test_every_door_trusts_the_same_origins(listing: AsyncClient, door: AsyncClient, origin: str) -> None:
    site = {PUBLIC_URL: "same-origin"}.get(origin, "cross-site")
    for headers in ({"Origin": origin}, {"Origin": origin, "Sec-Fetch-Site": site}):
        form = await listing.post("/auth/logout", data={"a": "b"}, headers=headers)
        request = await listing.post("/api/v1/chats", json={}, headers=headers)
        socket, upload = [await door.post(path, headers=headers) for path in ("/_event/", "/_upload")]
        refused = [answer.status_code == 403 for answer in (form, request, socket, upload)]
        assert refused == [origin in OTHERS] * 4, headers
        listing.cookies.set(COOKIE, "session-owner")


@pytest.mark.parametrize(
    ("is_secure", "origin", "is_refused"),
    [
        (True, "http://rag.example.hr", True),
        (True, "https://rag.example.hr", False),
        (False, "http://rag.example.hr", False),
        (False, "https://rag.example.hr", False),
    ],
)
async def test_a_page_on_plain_http_does_not_talk_to_an_installation_on_https(
    rest: SimpleNamespace, listing: AsyncClient, is_secure: bool, origin: str, is_refused: bool
) -> None:
    """Who sits on the wire can write a page of `http://` and our name, and browsers send our cookies along."""
    scheme = "https" if is_secure else "http"
    settings = Settings(database_url="sqlite://", public_url=f"{scheme}://rag.example.hr")
    rest.settings_view = replace(rest.settings_view, origins=settings.origins, session_cookie_secure=is_secure)
    transport = ASGITransport(refuse_foreign_origins(PlainTextResponse("served")))
    async with AsyncClient(transport=transport, base_url="http://rag.example.hr") as door:
        socket = await door.post("/_event/", headers={"Origin": origin})
    form = await listing.post(
        "/auth/logout", data={"a": "b"}, headers={"Origin": origin, "Host": "rag.example.hr"}
    )
    assert [socket.status_code == 403, form.status_code == 403] == [is_refused] * 2


async def test_tls_that_the_server_itself_sees_counts_too(listing: AsyncClient) -> None:
    transport = ASGITransport(refuse_foreign_origins(PlainTextResponse("served")))
    async with AsyncClient(transport=transport, base_url="https://rag.example.hr") as door:
        plain = await door.post("/_event/", headers={"Origin": "http://rag.example.hr"})
        own = await door.post("/_event/", headers={"Origin": "https://rag.example.hr"})
    assert (plain.status_code, own.status_code) == (403, 200)
