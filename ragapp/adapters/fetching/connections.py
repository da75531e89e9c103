"""Connections that go where the check said and nowhere else: names are looked up once, the address found is pinned."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from ragapp.adapters.fetching.addresses import Address, is_nameable, is_public, parse_literal
from ragapp.adapters.fetching.urls import DEFAULT_PORTS, WebAddress
from ragapp.core.errors import AddressRefused, SiteUnreachable

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Every address of a name, in order; an empty answer means there is no such name."""


async def resolve_by_system(host: str) -> list[str]:
    """Return every address the system knows for a name."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


class Gate:
    """Decides which addresses a request may connect to.

    Args:
        resolve: Looks a name up.
        private_hosts: `host` or `host:port` that the operator opens although they are not public; lowercase.
    """

    def __init__(self, resolve: Resolve, private_hosts: Iterable[str] = ()) -> None:
        self._resolve = resolve
        self._private_hosts = frozenset(private_hosts)

    def check_port(self, address: WebAddress) -> None:
        """Let only the ports of the web through, and those the operator named.

        Raises:
            AddressRefused: any other port.
        """
        if address.port not in DEFAULT_PORTS.values() and not self._is_named(address):
            raise AddressRefused("Only the usual web ports (80 and 443) are read. Check the address.")

    def check(self, address: WebAddress) -> None:
        """Refuse what can be judged without looking a name up.

        Raises:
            AddressRefused: another port than those of the web, or an address spelled out that is not public.
        """
        self.check_port(address)
        literal = parse_literal(address.host)
        if literal is not None and not self._allows(address, literal):
            raise AddressRefused

    async def admit(self, address: WebAddress) -> list[Address]:
        """Return the addresses to connect to. One that is not public among them refuses all: which one would be used?

        A name that nobody has and one that leads inside are the same to whoever asks: else names of the operator's own
        network could be tried out.

        Raises:
            SiteUnreachable: there is no such name, or it leads to an address that is not public.
            AddressRefused: another port than those of the web, or an address spelled out that is not public.
        """
        self.check(address)
        literal = parse_literal(address.host)
        found = [literal] if literal else [ip_address(text) for text in await self._resolve(address.host)]
        if not found or not all(self._allows(address, candidate) for candidate in found):
            raise SiteUnreachable
        return found

    def _allows(self, address: WebAddress, candidate: Address) -> bool:
        return is_nameable(candidate) if self._is_named(address) else is_public(candidate)

    def _is_named(self, address: WebAddress) -> bool:
        if f"{address.host}:{address.port}" in self._private_hosts:
            return True
        return address.host in self._private_hosts and address.port in DEFAULT_PORTS.values()


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the admitted addresses whatever name it is given; Host, SNI and certificate checks see the name."""

    def __init__(self, admitted: Sequence[Address], *, connect_s: float) -> None:
        self._admitted = admitted
        self._connect_s = connect_s
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the name is not looked up again
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - ours holds for all addresses together
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first admitted address that answers.

        Raises:
            SiteUnreachable: none answers in time. AddressRefused: the other end is not who was asked for.
        """
        deadline = asyncio.get_running_loop().time() + self._connect_s
        for address in self._admitted:
            left_s = deadline - asyncio.get_running_loop().time()
            if left_s <= 0:
                break
            try:
                stream = await self._inner.connect_tcp(
                    str(address), port, timeout=left_s, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            await _ensure_peer(stream, address, port)
            return stream
        raise SiteUnreachable

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse.

        Raises:
            AddressRefused: always.
        """
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def _ensure_peer(stream: httpcore.AsyncNetworkStream, address: Address, port: int) -> None:
    peer = stream.get_extra_info("server_addr")
    if not peer or ip_address(str(peer[0])) != address or peer[1] != port:
        await stream.aclose()
        raise AddressRefused
