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
