"""A pinned connection still proves who is at the other end."""

from pathlib import Path

import pytest

from ragapp.adapters.fetching.fetcher import WebFetcher
from ragapp.core.errors import RedirectRefused, SiteUnreachable
from ragapp.core.ids import TenantId
from tests.fakes.certificates import certified
from tests.fakes.web import PUBLIC, small_web

TENANT = TenantId("t1")


async def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, client = certified(tmp_path, "safe.test")
    async with small_web(monkeypatch, server) as web:
        web.names |= {"safe.test": [[PUBLIC]], "impostor.test": [[PUBLIC]]}
        web.page("/", b"<p>safe</p>")
        reader = WebFetcher(resolve=web.resolve, ssl_context=client)
        async with reader.open(TENANT, "https://safe.test/") as page:
            assert b"".join([piece async for piece in page.chunks]) == b"<p>safe</p>"
        assert web.requests[0].server_name == "safe.test"
        with pytest.raises(SiteUnreachable):
            async with reader.open(TENANT, "https://impostor.test/"):
                pass
        assert len(web.requests) == 1


async def test_an_unknown_certificate_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server, _ = certified(tmp_path, "safe.test")
    async with small_web(monkeypatch, server) as web:
        web.names["safe.test"] = [[PUBLIC]]
        with pytest.raises(SiteUnreachable):
            async with WebFetcher(resolve=web.resolve).open(TENANT, "https://safe.test/"):
                pass
        assert web.requests == []


async def test_a_protected_page_never_leads_to_an_unprotected_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, client = certified(tmp_path, "safe.test")
    async with small_web(monkeypatch, server) as web:
        web.names["safe.test"] = [[PUBLIC]]
        web.page("/", b"<p>here</p>")
        web.redirect("/up", "https://safe.test/")
        web.redirect("/down", "http://safe.test/")
        reader = WebFetcher(resolve=web.resolve, ssl_context=client)
        async with reader.open(TENANT, "http://safe.test/up") as page:
            assert page.url == "https://safe.test/"
        asked = len(web.requests)
        with pytest.raises(RedirectRefused):
            async with reader.open(TENANT, "https://safe.test/down"):
                pass
        assert len(web.requests) == asked + 1
