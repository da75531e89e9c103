"""A web of one machine: names resolve as the test says, public addresses lead to a server here, connects are noted."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from weakref import WeakKeyDictionary

import pytest

from ragapp.adapters.fetching.addresses import is_public
from tests.fakes.connections import serving

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "151.101.1.140"
Answer = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


class Request:
    """One request as the server read it."""

    def __init__(self, head: bytes, server_name: str | None) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.target = lines[0].split(" ")[1]
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.server_name = server_name

    @property
    def host(self) -> str:
        return self.headers["host"]


class Web:
    """What the fetcher sees of the world.

    `names` maps a name to its answers, one list per lookup (the last one repeats); unknown names that the system would
    read as an IPv4 number resolve to it, as they do in the C library.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.answers: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self.lookups: list[str] = []
        self.connects: list[str] = []
        self.port = 0
        self.tls_port = 0
        self.lying_peer: str | None = None
        self.refusing: set[str] = set()
        self.server_names: list[str | None] = []

    async def resolve(self, host: str) -> list[str]:
        self.lookups.append(host)
        if host in self.names:
            answers = self.names[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            return []

    def page(self, target: str, body: bytes, **headers: str) -> None:
        self.answers[target] = answer(200, body, **headers)

    def redirect(self, target: str, location: str, status: int = 302) -> None:
        self.answers[target] = answer(status, b"secret words of the other side", Location=location)

    @property
    def private_connects(self) -> list[str]:
        return [host for host in self.connects if not is_public(ip_address(host))]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        tls = writer.get_extra_info("ssl_object")
        request = Request(head, self.server_names[-1] if tls else None)
        self.requests.append(request)
        await self.answers.get(request.target, answer(404, b"nothing"))(request, writer)


def answer(status: int, body: bytes, **headers: str) -> Answer:
    """Return a server's answer; underscores in header names stand for hyphens, an empty value leaves a header out."""
    given = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}

    async def send(_request: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in given.items() if value)]
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        await writer.drain()

    return send


@asynccontextmanager
async def small_web(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext | None = None) -> AsyncIterator[Web]:
    """Serve on loopback; a connect to a public address ends here, a connect to any other goes where it asked to go."""
    web = Web()
    async with AsyncExitStack() as servers:
        web.port = await servers.enter_async_context(serving(web.serve))
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: web.server_names.append(name)
            web.tls_port = await servers.enter_async_context(serving(web.serve, tls=tls))
        _lead_here(web, monkeypatch)
        yield web


def _lead_here(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, getpeername = socket.socket.connect, socket.socket.getpeername
    pretended: WeakKeyDictionary[socket.socket, tuple[str, int]] = WeakKeyDictionary()

    def connect_here(self: socket.socket, address: tuple[str, int]) -> None:
        host, port = str(address[0]), int(address[1])
        web.connects.append(host)
        if host in web.refusing:
            raise ConnectionRefusedError(111, "Connection refused")
        if not is_public(ip_address(host)):
            connect(self, address)
            return
        pretended[self] = (web.lying_peer or host, port)
        connect(self, ("127.0.0.1", web.tls_port if port == 443 else web.port))

    def pretended_peer(self: socket.socket) -> object:
        return pretended.get(self) or getpeername(self)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setattr(socket.socket, "getpeername", pretended_peer)
