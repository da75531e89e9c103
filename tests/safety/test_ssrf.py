"""No address that a user gives makes this process connect to anything but a public one."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from ragapp.adapters.fetching.fetcher import FetchLimits, WebFetcher
from ragapp.core.errors import (
    AddressRefused,
    FetchBusy,
    FetchFailed,
    InvalidAddress,
    PageNotFound,
    PageTooLarge,
    PageTypeRefused,
    RedirectRefused,
    SignInNeeded,
    SiteUnreachable,
)
from ragapp.core.ids import TenantId
from ragapp.core.ports import FetchedPage, PageMark
from tests.fakes.web import OTHER_PUBLIC, PUBLIC, Request, Web, small_web
from tests.safety.ssrf_cases import NOT_ADDRESSES, PORTS, TARGETS, URLS, V6_TARGETS, carriers

TENANT = TenantId("t1")
METADATA = "169.254.169.254"
SECRET = b"ami-id: these bytes must never come back"


@pytest.fixture
async def web(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    async with small_web(monkeypatch) as web:
        web.names["example.com"] = [[PUBLIC]]
        web.page("/", b"<p>Public words.</p>")
        yield web


async def at_once(seconds: float) -> None:
    """Let no time pass."""


def fetcher(web: Web, sleep: Callable[[float], Awaitable[None]] = at_once, **limits: float) -> WebFetcher:
    bounds = FetchLimits(**{"connect_s": 0.5, "per_minute": 1000, **limits})  # type: ignore[arg-type]
    return WebFetcher(bounds, resolve=web.resolve, sleep=sleep)


async def read(web: Web, url: str, known: PageMark | None = None, **limits: float) -> tuple[FetchedPage, bytes]:
    async with fetcher(web, **limits).open(TENANT, url, known=known) as page:
        return page, b"".join([piece async for piece in page.chunks])


def test_there_are_enough_cases() -> None:
    assert len(URLS) + len(NOT_ADDRESSES) + len(PORTS) + 4 * len(TARGETS) + len(V6_TARGETS) >= 700
    assert len(set(URLS)) >= 500


@pytest.mark.parametrize("url", URLS)
async def test_no_spelling_of_a_private_address_is_connected_to(web: Web, url: str) -> None:
    with pytest.raises((InvalidAddress, FetchFailed)):
        await read(web, url)
    assert web.connects == []


@pytest.mark.parametrize("target", [*TARGETS, *(f"[{address}]" for address in V6_TARGETS)])
def test_a_private_address_that_is_spelled_out_is_refused_before_it_is_queued(web: Web, target: str) -> None:
    with pytest.raises(AddressRefused):
        fetcher(web).check(f"http://{target}/")


@pytest.mark.parametrize("url", NOT_ADDRESSES)
async def test_what_is_no_plain_web_address_is_refused_before_anything_is_looked_up(web: Web, url: str) -> None:
    with pytest.raises((InvalidAddress, AddressRefused)):
        fetcher(web).check(url)
    with pytest.raises((InvalidAddress, AddressRefused)):
        await read(web, url)
    assert (web.lookups, web.connects) == ([], [])


@pytest.mark.parametrize("port", PORTS)
async def test_only_the_ports_of_the_web_are_used(web: Web, port: int) -> None:
    with pytest.raises(AddressRefused):
        await read(web, f"http://example.com:{port}/")
    assert web.connects == []


@pytest.mark.parametrize("address", [*TARGETS, *V6_TARGETS, *carriers(METADATA)])
async def test_a_name_that_leads_to_a_private_address_is_refused(web: Web, address: str) -> None:
    web.names["inside.test"] = [[address]]
    with pytest.raises(SiteUnreachable):
        await read(web, "http://inside.test/")
    assert web.connects == []


@pytest.mark.parametrize("address", [*TARGETS, *V6_TARGETS])
@pytest.mark.parametrize("first", [True, False])
async def test_one_private_answer_among_public_ones_refuses_all(web: Web, address: str, first: bool) -> None:
    web.names["mixed.test"] = [[address, PUBLIC] if first else [PUBLIC, OTHER_PUBLIC, address]]
    with pytest.raises(SiteUnreachable):
        await read(web, "http://mixed.test/")
    assert web.connects == []


@pytest.mark.parametrize("address", TARGETS)
async def test_a_redirect_to_a_private_address_is_not_followed(web: Web, address: str) -> None:
    web.redirect("/start", f"http://{address}/latest/meta-data")
    with pytest.raises(FetchFailed):
        await read(web, "http://example.com/start")
    assert web.connects == [PUBLIC]


@pytest.mark.parametrize("location", ["http://[::1]/", "//127.0.0.1/", "http://2130706433/", "http://inside.test/"])
@pytest.mark.parametrize("hops", [1, 2, 3, 4])
async def test_a_chain_of_redirects_is_checked_at_every_step(web: Web, location: str, hops: int) -> None:
    web.names["inside.test"] = [[METADATA]]
    for hop in range(hops):
        web.redirect(f"/{hop}", f"/{hop + 1}")
    web.redirect(f"/{hops}", location, 307)
    with pytest.raises((FetchFailed, InvalidAddress)):
        await read(web, "http://example.com/0")
    assert web.connects == [PUBLIC] * (hops + 1)


async def test_a_name_that_changes_its_answer_is_looked_up_once_and_stays_where_it_was(web: Web) -> None:
    web.names["rebind.test"] = [[PUBLIC], ["127.0.0.1"]]
    _, body = await read(web, "http://rebind.test/")
    assert body == b"<p>Public words.</p>"
    assert (web.lookups, web.connects) == (["rebind.test"], [PUBLIC])


async def test_a_thousand_flipping_answers_never_lead_inside(web: Web) -> None:
    reader = fetcher(web, per_minute=10_000)
    for round_number in range(1000):
        web.names["flip.test"] = [[PUBLIC], [METADATA]][:: 1 if round_number % 2 else -1] * 2
        try:
            async with reader.open(TENANT, "http://flip.test/"):
                pass
        except FetchFailed:
            continue
    assert web.private_connects == []
    assert len(web.connects) == 500


async def test_the_other_end_must_be_the_address_that_was_checked(web: Web) -> None:
    web.lying_peer = "10.0.0.1"
    with pytest.raises(AddressRefused):
        await read(web, "http://example.com/")
    assert web.requests == []


async def test_the_server_sees_the_name_the_person_typed(web: Web) -> None:
    page, body = await read(web, "  HTTP://Example.COM:80/#part ")
    assert (page.url, page.content_type, page.filename) == ("http://example.com/", "text/html", "example.com.html")
    assert body == b"<p>Public words.</p>"
    assert web.requests[0].host == "example.com"


async def test_a_name_with_other_letters_is_asked_for_in_ascii(web: Web) -> None:
    web.names["xn--akovec-h2a.hr"] = [[PUBLIC]]
    web.page("/sje%C4%8Danj?q=%C5%A1", b"<p>a</p>")
    page, _ = await read(web, "http://Čakovec.hr/sječanj?q=š")
    assert page.url == "http://xn--akovec-h2a.hr/sje%C4%8Danj?q=%C5%A1"


async def test_cookies_credentials_and_proxies_are_never_sent(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    web.answers["/start"] = _setting_a_cookie
    await read(web, "http://example.com/start")
    assert len(web.requests) == 2
    assert not any({"cookie", "authorization", "referer"} & set(request.headers) for request in web.requests)
    assert web.private_connects == []


async def _setting_a_cookie(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")


async def test_five_redirects_are_followed_and_a_sixth_is_not(web: Web) -> None:
    for hop in range(5):
        web.redirect(f"/{hop}", f"/{hop + 1}")
    web.page("/5", b"<p>there</p>")
    page, _ = await read(web, "http://example.com/0")
    assert page.url == "http://example.com/5"
    web.redirect("/5", "/6")
    web.page("/6", b"<p>too far</p>")
    with pytest.raises(RedirectRefused):
        await read(web, "http://example.com/0")


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, SignInNeeded), (403, SignInNeeded), (404, PageNotFound), (410, PageNotFound), (429, SiteUnreachable),
     (500, SiteUnreachable), (503, SiteUnreachable), (204, FetchFailed), (206, FetchFailed), (304, FetchFailed),
     (418, FetchFailed)],
)  # fmt: skip
async def test_what_the_other_side_says_never_shows_in_the_reason(web: Web, status: int, error: type) -> None:
    from tests.fakes.web import answer

    web.answers["/refused"] = answer(status, b"" if status in (204, 304) else SECRET, Content_Length="")
    with pytest.raises(error) as raised:
        await read(web, "http://example.com/refused")
    assert type(raised.value) is error
    assert "ami-id" not in f"{raised.value.user_message} {raised.value.details} {raised.value!r}"


@pytest.mark.parametrize(
    "content_type",
    ["image/png", "video/mp4", "application/zip", "text/javascript", "multipart/form-data", "x", "text/css"],
)
async def test_only_documents_are_taken(web: Web, content_type: str) -> None:
    web.page("/thing", b"1", Content_Type=content_type)
    with pytest.raises(PageTypeRefused):
        await read(web, "http://example.com/thing")


async def test_a_declared_size_over_the_limit_is_refused_at_once(web: Web) -> None:
    web.page("/large", b"1", Content_Length="5000")
    with pytest.raises(PageTooLarge):
        await read(web, "http://example.com/large", max_bytes=1000)


async def test_an_endless_body_ends_at_the_limit(web: Web) -> None:
    sent = 0

    async def endless(_request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"a" * 0x1000 + b"\r\n")
            sent += 0x1000
            await writer.drain()

    web.answers["/endless"] = endless
    with pytest.raises(PageTooLarge):
        await read(web, "http://example.com/endless", max_bytes=100_000)
    assert sent < 20_000_000


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_a_small_answer_that_unpacks_to_a_huge_one_is_stopped_by_its_ratio(web: Web, pack) -> None:
    encoding = "gzip" if pack is gzip.compress else "deflate"
    web.page("/bomb", pack(b"\0" * 10_000_000), Content_Encoding=encoding)
    read_bytes = 0
    with pytest.raises(PageTooLarge):
        async with fetcher(web).open(TENANT, "http://example.com/bomb") as page:
            async for piece in page.chunks:
                read_bytes += len(piece)
    assert read_bytes < 1_500_000


async def test_the_limit_counts_unpacked_bytes(web: Web) -> None:
    words = "".join(f"word {number} " for number in range(5000)).encode()
    web.page("/packed", gzip.compress(words), Content_Encoding="gzip")
    _, body = await read(web, "http://example.com/packed")
    assert body == words
    with pytest.raises(PageTooLarge):
        await read(web, "http://example.com/packed", max_bytes=len(words) - 1)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd", "compress"])
async def test_packing_that_was_not_asked_for_is_refused(web: Web, encoding: str) -> None:
    web.page("/packed", b"1", Content_Encoding=encoding)
    with pytest.raises(PageTypeRefused):
        await read(web, "http://example.com/packed")


@pytest.mark.parametrize(
    "body", [b"not packed at all", gzip.compress(b"a" * 5000)[:-20]], ids=["not packed", "cut off"]
)
async def test_damaged_packing_is_a_failure_and_never_half_a_page(web: Web, body: bytes) -> None:
    web.page("/damaged", body, Content_Encoding="gzip")
    with pytest.raises(SiteUnreachable):
        await read(web, "http://example.com/damaged")


async def test_a_body_that_is_cut_off_is_a_failure_and_never_half_a_page(web: Web) -> None:
    web.page("/cut", b"half", Content_Length="400")
    with pytest.raises(SiteUnreachable):
        await read(web, "http://example.com/cut")


@pytest.mark.parametrize("at", ["status", "headers", "body"])
async def test_a_server_that_dribbles_is_left_when_the_time_is_up(web: Web, at: str) -> None:
    begun = {
        "status": b"",
        "headers": b"HTTP/1.1 200 OK\r\nX-A: ",
        "body": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
    }

    async def dribble(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(begun[at])
        for character in b"HTTP/1.1 200 OK and on it goes, letter by letter, for a very long while" * 100:
            writer.write(bytes([character]))
            await writer.drain()
            await asyncio.sleep(0.01)  # what is tested: the other side takes its time

    web.answers["/slow"] = dribble
    with pytest.raises(SiteUnreachable):
        await read(web, "http://example.com/slow", total_s=0.3)


@pytest.mark.parametrize(
    "junk", [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"\0\1\2\3\r\n\r\n", b"HTTP/1.1 200 OK\r\nA" + b"a" * 300_000]
)
async def test_what_is_no_http_is_a_failure(web: Web, junk: bytes) -> None:
    async def send(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(junk)
        await writer.drain()

    web.answers["/junk"] = send
    with pytest.raises(SiteUnreachable):
        await read(web, "http://example.com/junk")


async def test_nobody_learns_which_names_the_network_inside_has(web: Web) -> None:
    """A name that leads inside, one that nobody has, and a closed port differ neither in words nor in time."""
    web.names["inside.test"] = [["10.0.0.7"]]
    web.names["mixed.test"] = [[PUBLIC, METADATA]]
    web.names["closed.test"] = [[PUBLIC]]
    web.refusing.add(PUBLIC)
    seen: dict[str, tuple[object, ...]] = {}
    for host in ("inside.test", "mixed.test", "nobody.test", "closed.test"):
        slept: list[float] = []

        async def sleep(seconds: float, slept: list[float] = slept) -> None:
            slept.append(seconds)

        started = asyncio.get_running_loop().time()
        with pytest.raises(FetchFailed) as raised:
            async with fetcher(web, sleep, connect_s=20.0, total_s=60.0).open(TENANT, f"http://{host}/"):
                pass
        took_s = asyncio.get_running_loop().time() - started + sum(slept)
        error = raised.value
        seen[host] = (type(error), error.code, error.user_message, len(error.details), round(took_s))
    assert set(seen.values()) == {(SiteUnreachable, "site_unreachable", SiteUnreachable.default_message, 0, 20)}


async def test_a_page_that_has_not_changed_is_not_sent_again(web: Web) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        known = request.headers.get("if-none-match") == '"v1"'
        head = (
            b"HTTP/1.1 304 Not Modified\r\n\r\n"
            if known
            else b'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\n1'
        )
        writer.write(head)

    web.answers["/marked"] = send
    page, body = await read(web, "http://example.com/marked")
    assert (page.mark.etag, page.is_unchanged, body) == ('"v1"', False, b"1")
    again, nothing = await read(web, "http://example.com/marked", known=page.mark)
    assert (again.is_unchanged, nothing) == (True, b"")


async def test_a_tenant_has_so_many_turns_and_another_tenant_its_own(web: Web) -> None:
    reader = fetcher(web, per_minute=3)
    for _ in range(3):
        async with reader.open(TENANT, "http://example.com/"):
            pass
    with pytest.raises(FetchBusy):
        async with reader.open(TENANT, "http://example.com/"):
            pass
    async with reader.open(TenantId("t2"), "http://example.com/") as page:
        assert page.url == "http://example.com/"


async def test_a_host_the_operator_names_is_read_and_its_neighbours_are_not(web: Web) -> None:
    web.names["wiki.intern"] = [["127.0.0.1"]]
    web.names["other.intern"] = [["127.0.0.1"]]
    web.names["wiki.metadata"] = [[METADATA]]
    named = WebFetcher(
        resolve=web.resolve, private_hosts=[f"wiki.intern:{web.port}", "wiki.metadata"], sleep=at_once
    )
    async with named.open(TENANT, f"http://wiki.intern:{web.port}/") as page:
        assert b"".join([piece async for piece in page.chunks]) == b"<p>Public words.</p>"
    for refused in (
        f"http://other.intern:{web.port}/",
        "http://wiki.intern/",
        f"http://127.0.0.1:{web.port}/",
        "http://wiki.metadata/",
    ):
        with pytest.raises((AddressRefused, SiteUnreachable)):
            async with named.open(TENANT, refused):
                pass
    assert web.connects == ["127.0.0.1"]
