"""A connection that asks for nothing, or too slowly, is closed in time; one that asks properly never is."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from ragapp import http_protocol
from ragapp.connections import ConnectionLimits, ConnectionRegistry
from ragapp.core.addresses import TrustedProxies, parse_networks
from ragapp.http_protocol import bounded_protocols
from tests.e2e.processes import free_port

pytestmark = pytest.mark.sweep

TIMEOUT_S = 0.4
Serve = Callable[..., AbstractAsyncContextManager[int]]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how long a body was; `/early` answers before it, `/slow` late, `/endless` more than anybody reads."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "heard"})
        return
    request = Request(scope, receive)
    answer: Response = PlainTextResponse("early")
    if scope["path"] == "/endless":
        answer = StreamingResponse(_endless())
    elif scope["path"] != "/early":
        body = await request.body()
        await asyncio.sleep(3 * TIMEOUT_S if scope["path"] == "/slow" else 0)
        answer = PlainTextResponse(str(len(body)))
    await answer(scope, receive, send)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20 * TIMEOUT_S):
        while not condition():  # noqa: ASYNC110 - what is waited for says nothing
            await asyncio.sleep(0.01)


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65536
        await asyncio.sleep(0)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    for name in ("HEAD_TIMEOUT_S", "BODY_WINDOW_S", "LINGER_S", "STALLED_WRITE_S"):
        monkeypatch.setattr(http_protocol, name, TIMEOUT_S)

    @contextlib.asynccontextmanager
    async def running(registry: ConnectionRegistry | None = None, trusted: str = "") -> AsyncIterator[int]:
        registry = ConnectionRegistry(ConnectionLimits(100, 50)) if registry is None else registry
        http, websocket = bounded_protocols(registry, TrustedProxies(parse_networks(trusted)))
        port = free_port()
        options = {"http": http, "ws": websocket, "port": port, "log_config": None, "lifespan": "off"}
        server = uvicorn.Server(uvicorn.Config(app, loop="none", timeout_graceful_shutdown=1, **options))
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        try:
            yield port
        finally:
            server.should_exit = True
            await task
        assert len(registry) == 0, "every connection was released"

    return running


async def say(port: int, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    """Send pieces while the server listens, and return what it says until it closes; b"reset" if that is lost."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.read())
    try:
        for piece in pieces:
            if answer.done():
                break
            writer.write(piece)
            await asyncio.sleep(pause_s)
        async with asyncio.timeout(20 * TIMEOUT_S):
            return await answer
    except ConnectionError:
        return b"reset"
    finally:
        await asyncio.wait([answer], timeout=0)
        answer.cancel()
        writer.transport.abort()


REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"GET / HT",),
        (b"GET / HTTP/1.1\r\nhost: x\r\n",),
        (b"\r\n" * 20,),
        (b"GET /_event/?token=a HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n",),
        tuple(b"X-%d: y\r\n" % number if number else b"GET / HTTP/1.1\r\n" for number in range(30)),
        (REQUEST, *[b"\r\n"] * 40),
    ],
)
async def test_a_head_that_does_not_end_is_given_up(serve: Serve, pieces: tuple[bytes, ...]) -> None:
    async with serve() as port:
        said = await say(port, *pieces, pause_s=TIMEOUT_S / 10)
    assert said.endswith(b"connection: close\r\n\r\n") or said == b"reset"


async def test_a_request_that_arrived_while_the_process_stood_still_is_served(serve: Serve) -> None:
    async with serve() as port:
        line = socket.create_connection(("127.0.0.1", port))
        await asyncio.sleep(TIMEOUT_S / 2)
        line.sendall(REQUEST)
        time.sleep(2 * TIMEOUT_S)  # noqa: ASYNC251 - the loop has to stand still
        line.setblocking(False)
        async with asyncio.timeout(10 * TIMEOUT_S):
            said = await asyncio.get_running_loop().sock_recv(line, 1000)
        line.close()
    assert said.startswith(b"HTTP/1.1 200 ")


async def test_a_head_without_measure_is_refused(serve: Serve) -> None:
    async with serve() as port:
        said = await say(port, b"GET / HTTP/1.1\r\nx: ", *[b"y" * 40_000] * 8, pause_s=0.01)
    assert said.startswith(b"HTTP/1.1 431 ") or said == b"reset"


async def test_a_body_that_trickles_is_given_up(serve: Serve) -> None:
    async with serve() as port:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n"
        said = await say(port, head, *[b"y"] * 30, pause_s=TIMEOUT_S / 8)
    assert said.startswith(b"HTTP/1.1 408 ") or said == b"reset"


async def test_a_body_that_comes_steadily_may_take_its_time(serve: Serve) -> None:
    piece = b"y" * 100
    async with serve() as port:
        head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4000\r\n\r\n"
        said = await say(port, head, *[piece] * 40, pause_s=TIMEOUT_S / 8)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b"4000")


async def test_an_answer_may_take_its_time(serve: Serve) -> None:
    async with serve() as port:
        said = await say(port, b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        behind = await say(port, b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\nGET / HT", pause_s=5 * TIMEOUT_S)
    assert said.endswith(b"0")
    assert b"200 OK" in behind


async def test_after_an_answer_the_rest_of_a_body_is_read_for_a_while_only(serve: Serve) -> None:
    async with serve() as port:
        head = b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n"
        async with asyncio.timeout(10 * TIMEOUT_S):
            said = await say(port, head, *[b"y" * 1000] * 30, pause_s=TIMEOUT_S / 8)
    assert said.startswith(b"HTTP/1.1 200 ") or said == b"reset"


async def test_a_client_that_does_not_read_is_given_up(serve: Serve) -> None:
    registry = ConnectionRegistry(ConnectionLimits(100, 50))
    async with serve(registry) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.sleep(TIMEOUT_S / 2)
        assert len(registry) == 1
        await until(lambda: len(registry) == 0)
        writer.close()


async def test_a_socket_counts_until_it_closes_and_is_not_dropped(serve: Serve) -> None:
    registry = ConnectionRegistry(ConnectionLimits(total=100, per_address=2))
    async with serve(registry) as port:
        url = f"ws://127.0.0.1:{port}/"
        async with connect(url, proxy=None) as first:
            async with connect(url, proxy=None) as second:
                assert len(registry) == 2
                assert (await say(port, REQUEST)).startswith((b"HTTP/1.1 503 ", b"reset"))
                await asyncio.sleep(2 * TIMEOUT_S)
                for one in (first, second):
                    await one.send("are you there?")
                    assert await one.recv() == "heard"
            await until(lambda: len(registry) == 1)
            said = await say(port, REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
            assert said.startswith(b"HTTP/1.1 200 ")


async def test_hundreds_of_silent_connections_of_one_address_do_not_keep_it_out(serve: Serve) -> None:
    registry = ConnectionRegistry(ConnectionLimits(total=100, per_address=20))
    async with serve(registry) as port:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        said = await say(port, REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        assert len(registry) <= 20
        for _, writer in silent:
            writer.close()
    assert said.startswith(b"HTTP/1.1 200 ")


async def test_a_trusted_proxy_may_have_more_connections(serve: Serve) -> None:
    registry = ConnectionRegistry(ConnectionLimits(total=100, per_address=5))
    async with serve(registry, trusted="127.0.0.1") as port:
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
        await asyncio.sleep(0.1)
        assert len(registry) == 30
        for _, writer in opened:
            writer.close()
