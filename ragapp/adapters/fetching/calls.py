"""Small requests to services that tenants name: the same gate as for pages, no redirects, tight limits."""

import asyncio
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpcore

from ragapp.adapters.fetching.bodies import read_limited
from ragapp.adapters.fetching.connections import Gate, PinnedBackend, Resolve, resolve_by_system
from ragapp.adapters.fetching.urls import WebAddress, parse_address
from ragapp.core.errors import AddressRefused, SiteUnreachable


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long and how large one call may be."""

    connect_s: float = 3.0
    total_s: float = 10.0
    max_bytes: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What a service answered, whatever the status; redirects are answers too."""

    status: int
    content: bytes


class GuardedCalls:
    """Calls services at addresses out of tenants' settings. Plain http is for hosts that the operator named.

    Args:
        private_hosts: `host` or `host:port` that are called although they are not public; lowercase.
        resolve: Looks names up.
        ssl_context: How certificates are checked; None: against the usual authorities.
        limits: Bounds of every call.
    """

    def __init__(
        self,
        private_hosts: Iterable[str] = (),
        *,
        resolve: Resolve = resolve_by_system,
        ssl_context: ssl.SSLContext | None = None,
        limits: CallLimits | None = None,
    ) -> None:
        self._private_hosts = frozenset(private_hosts)
        self._gate = Gate(resolve, self._private_hosts)
        self._ssl_context = ssl_context
        self._limits = limits or CallLimits()

    def check(self, url: str) -> str:
        """Return an address in its one spelling, without looking anything up.

        Raises:
            InvalidAddress: no web address. AddressRefused: it can never be called.
        """
        return str(self._read(url))

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> CallAnswer:
        """Ask for JSON.

        Raises:
            InvalidAddress, FetchFailed: it cannot be read; the kind of error says why.
        """
        return await self._call("GET", url, {"Accept": "application/json", **(headers or {})}, b"")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> CallAnswer:
        """Send a body and read the answer; raises as `get`."""
        return await self._call("POST", url, {"Content-Length": str(len(body)), **headers}, body)

    def _read(self, url: str) -> WebAddress:
        address = parse_address(url)
        if address.scheme != "https" and not self._private_hosts & {address.host, f"{address.host}:{address.port}"}:
            raise AddressRefused
        self._gate.check_port(address)
        return address

    async def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> CallAnswer:
        address = self._read(url)
        with _translated():
            async with asyncio.timeout(self._limits.total_s):
                return await self._exchange(method, address, headers, body)

    async def _exchange(
        self, method: str, address: WebAddress, headers: Mapping[str, str], body: bytes
    ) -> CallAnswer:
        backend = PinnedBackend(await self._gate.admit(address), connect_s=self._limits.connect_s)
        sent = {"Host": address.authority, "User-Agent": "ragapp", "Accept-Encoding": "gzip", **headers}
        target = httpcore.URL(
            scheme=address.scheme, host=address.host, port=address.port, target=address.target.encode()
        )
        pool = httpcore.AsyncConnectionPool(ssl_context=self._ssl_context, max_connections=1, network_backend=backend)
        async with pool, pool.stream(method, target, headers=_encoded(sent), content=body) as response:
            encoding = _header(response, b"content-encoding")
            pieces = read_limited(response.aiter_stream(), encoding, max_bytes=self._limits.max_bytes)
            return CallAnswer(response.status, b"".join([piece async for piece in pieces]))


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (TimeoutError, OSError, httpcore.TimeoutException, httpcore.NetworkError) as error:
        raise SiteUnreachable from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ssl.SSLError) as error:
        raise SiteUnreachable from error
