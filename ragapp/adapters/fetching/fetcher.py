"""The one safe fetcher: public addresses, pinned connections, redirects by hand, limits on everything."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpcore

from ragapp.adapters.fetching.addresses import Address
from ragapp.adapters.fetching.bodies import read_limited
from ragapp.adapters.fetching.connections import Gate, PinnedBackend, Resolve, resolve_by_system
from ragapp.adapters.fetching.media import DOCUMENT_TYPES, SITEMAP_TYPES, filename_for, media_type_of
from ragapp.adapters.fetching.turns import Turns
from ragapp.adapters.fetching.urls import WebAddress, join_address, parse_address
from ragapp.core.errors import (
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
from ragapp.core.ports import FetchedPage, FetchKind, PageMark

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SIGN_IN = frozenset({401, 403, 407, 511})
_GONE = frozenset({404, 410, 451})
_OK, _NOT_MODIFIED, _TOO_MANY, _SERVER_ERRORS = 200, 304, 429, 500
_LONGEST_MARK = 300
_TYPES = {FetchKind.DOCUMENT: DOCUMENT_TYPES, FetchKind.SITEMAP: SITEMAP_TYPES}
_ACCEPTED = "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,application/xml;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How long and how large a fetch may be, and how many a tenant may make."""

    connect_s: float = 3.0
    total_s: float = 30.0
    max_bytes: int = 20 * 1024 * 1024
    per_minute: int = 60


class WebFetcher:
    """Implements `core.ports.Fetcher`. Keeps no cookies, no connections, and asks the environment for no proxy.

    Args:
        limits: Bounds of every fetch.
        private_hosts: `host` or `host:port` that are read although they are not public.
        resolve: Looks names up; once for each hop.
        ssl_context: How certificates are checked; None: against the usual authorities.
        agent: How the fetcher names itself.
        sleep: Lets time pass: a site that cannot be reached takes as long as the slowest one that can not, whether it
            has no name, lies inside, or does not answer.
    """

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        private_hosts: Iterable[str] = (),
        resolve: Resolve = resolve_by_system,
        ssl_context: ssl.SSLContext | None = None,
        agent: str = "ragapp",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._limits = limits or FetchLimits()
        self._gate = Gate(resolve, private_hosts)
        self._ssl_context = ssl_context
        self._agent = agent
        self._turns = Turns(self._limits.per_minute)

    def check(self, url: str) -> str:
        """Return an address in its one spelling; see `core.ports.Fetcher.check`."""
        address = parse_address(url)
        self._gate.check(address)
        return str(address)

    @asynccontextmanager
    async def open(
        self, tenant_id: TenantId, url: str, *, known: PageMark | None = None, kind: FetchKind = FetchKind.DOCUMENT
    ) -> AsyncIterator[FetchedPage]:
        """Open what is at an address; see `core.ports.Fetcher.open`."""
        address = parse_address(url)
        self._turns.take(tenant_id)
        with _translated():
            async with asyncio.timeout(self._limits.total_s), AsyncExitStack() as stack:
                response, final = await self._follow(stack, address, known)
                yield self._describe(response, final, kind, is_known=known is not None)

    async def _follow(
        self, stack: AsyncExitStack, address: WebAddress, known: PageMark | None
    ) -> tuple[httpcore.Response, WebAddress]:
        """Ask, and go where the answer sends us, each step checked like the first."""
        for _ in range(_MOST_REDIRECTS + 1):
            hop = await stack.enter_async_context(AsyncExitStack())
            response = await self._ask(hop, address, known)
            location = _header(response, b"location")
            if response.status not in _REDIRECTS or not location:
                return response, address
            following = _next_address(address, location)
            await hop.aclose()
            address = following
        raise RedirectRefused

    async def _ask(
        self, stack: AsyncExitStack, address: WebAddress, known: PageMark | None
    ) -> httpcore.Response:
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._limits.connect_s):
                admitted = await self._gate.admit(address)
            return await self._connect(stack, address, admitted, known)
        except (SiteUnreachable, TimeoutError):
            spent_s = asyncio.get_running_loop().time() - started
            await self._sleep(max(0.0, self._limits.connect_s - spent_s))
            raise

    async def _connect(
        self, stack: AsyncExitStack, address: WebAddress, admitted: Sequence[Address], known: PageMark | None
    ) -> httpcore.Response:
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._ssl_context,
            max_connections=1,
            network_backend=PinnedBackend(admitted, connect_s=self._limits.connect_s),
        )
        await stack.enter_async_context(pool)
        parts = address.scheme.encode(), address.host.encode(), address.port, address.target.encode()
        target = httpcore.URL(scheme=parts[0], host=parts[1], port=parts[2], target=parts[3])
        headers = [(b"Host", address.authority.encode()), *self._headers(known)]
        timeouts = {"connect": self._limits.connect_s}
        return await stack.enter_async_context(
            pool.stream("GET", target, headers=headers, extensions={"timeout": timeouts})
        )

    def _headers(self, known: PageMark | None) -> list[tuple[bytes, bytes]]:
        headers = [("Accept", _ACCEPTED), ("Accept-Encoding", "gzip"), ("User-Agent", self._agent)]
        headers.append(("Connection", "close"))
        if known and known.etag:
            headers.append(("If-None-Match", known.etag))
        if known and known.last_modified:
            headers.append(("If-Modified-Since", known.last_modified))
        return [(name.encode(), value.encode("latin-1", "ignore")) for name, value in headers]

    def _describe(
        self, response: httpcore.Response, address: WebAddress, kind: FetchKind, *, is_known: bool
    ) -> FetchedPage:
        mark = PageMark(_mark(response, b"etag"), _mark(response, b"last-modified"))
        if response.status == _NOT_MODIFIED and is_known:
            return FetchedPage(str(address), "", "", mark, response.aiter_stream(), is_unchanged=True)
        _ensure_answer(response.status)
        content_type = _header(response, b"content-type")
        media_type = media_type_of(content_type)
        if media_type not in _TYPES[kind]:
            raise PageTypeRefused
        most = self._limits.max_bytes
        declared = _header(response, b"content-length")
        if declared.isdigit() and int(declared) > most:
            raise PageTooLarge(details={"max_bytes": most})
        chunks = read_limited(response.aiter_stream(), _header(response, b"content-encoding"), max_bytes=most)
        return FetchedPage(str(address), filename_for(address, media_type), media_type, mark, chunks)


def _next_address(address: WebAddress, location: str) -> WebAddress:
    try:
        following = join_address(address, location)
    except InvalidAddress as error:
        raise RedirectRefused from error
    if address.scheme == "https" and following.scheme != "https":
        raise RedirectRefused
    return following


def _ensure_answer(status: int) -> None:
    if status == _OK:
        return
    if status in _SIGN_IN:
        raise SignInNeeded
    if status in _GONE:
        raise PageNotFound
    if status >= _SERVER_ERRORS or status == _TOO_MANY:
        raise SiteUnreachable
    raise FetchFailed


def _header(response: httpcore.Response, name: bytes) -> str:
    """Return a header, "" where it is missing; of several the first."""
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "").strip()


def _mark(response: httpcore.Response, name: bytes) -> str:
    value = _header(response, name)
    return value if len(value) <= _LONGEST_MARK and value.isascii() and value.isprintable() else ""


@contextmanager
def _translated() -> Iterator[None]:
    """Turn every failure of the connection into our own; nothing the other side said goes into it."""
    try:
        yield
    except (TimeoutError, OSError, httpcore.TimeoutException, httpcore.NetworkError) as error:
        raise SiteUnreachable from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ssl.SSLError) as error:
        raise SiteUnreachable from error
