"""Signed-out programs at the real server's socket: what they send is neither logged nor handled beyond a pace."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ragapp.api.socket_door import ADDRESS_EVENTS, MAX_ANONYMOUS_BYTES, MAX_REFUSALS, SOCKET_EVENTS
from tests.e2e.processes import BROKEN, Server, running_app

pytestmark = pytest.mark.slow

HYDRATE = "reflex___state____state.hydrate_and_load"
REPORT = "reflex___state____state.reflex___state____frontend_event_exception_state.handle_frontend_exception"
EVIL = f'{BROKEN}\n{{"event": "user.signed_in"}}\r\n\u202e'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_app(tmp_path_factory.mktemp("door"), RAGAPP_GENERATOR="extractive") as running:
        yield running


@asynccontextmanager
async def raw_socket(server: Server, token: str = "raw", source: str = "127.0.0.1") -> AsyncIterator[ClientConnection]:
    """One websocket that may say anything."""
    address = server.url.removeprefix("http://")
    url = f"ws://{address}/_event/?token={token}&EIO=4&transport=websocket"
    async with connect(url, proxy=None, origin=server.url, local_addr=(source, 0), max_size=None) as socket:
        yield socket


async def enter(socket: ClientConnection) -> None:
    await socket.send("40/_event,")
    async for said in socket:
        if str(said).startswith("40/_event"):
            return


def event(name: str, payload: object = None, **more: object) -> str:
    router = {"pathname": "/", "asPath": "/", "query": {}}
    return "42/_event," + json.dumps(["event", {"name": name, "payload": payload or {}, "router_data": router, **more}])


def written(server: Server) -> int:
    return len("".join(server.output).encode())


async def closed_with(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(30):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


async def flood(socket: ClientConnection, message: str, count: int) -> None:
    for _ in range(count):
        await socket.send(message)


@pytest.mark.parametrize(
    "message",
    [
        event("no_such_state.no_such_event", {"text": EVIL * 200}),
        event(EVIL * 200),
        "42/_event," + json.dumps(["event", EVIL * 200]),
        "42/_event," + json.dumps([EVIL * 200, {}]),
        "42/_event," + json.dumps(["event", [EVIL * 200]]),
        "42/_event," + EVIL * 200,
        EVIL * 200,
    ],
    ids=["unknown", "evil name", "text payload", "unknown kind", "list payload", "no JSON", "no packet"],
)
async def test_what_is_no_event_is_refused_without_being_logged(server: Server, message: str) -> None:
    before = written(server)
    async with raw_socket(server) as socket:
        await enter(socket)
        with pytest.raises(ConnectionClosed):
            await flood(socket, message, 10 * MAX_REFUSALS)
            await socket.wait_closed()
            await socket.send("3")
    await asyncio.sleep(0.2)
    assert written(server) - before < 20_000, "much less than was sent"
    assert "user.signed_in" not in "".join(server.output)
    assert (await asyncio.to_thread(httpx.get, f"{server.url}/api/v1/health/ready", timeout=30)).status_code == 200


async def test_reports_of_broken_pages_are_short_few_and_cannot_forge_a_line(server: Server) -> None:
    before = len(server.output)
    async with raw_socket(server, "reporter") as socket:
        await enter(socket)
        for _ in range(100):
            await socket.send(event(REPORT, {"info": EVIL * 500, "component_stack": EVIL}))
            await socket.send("42/_event," + json.dumps(["client_error", {"message": EVIL * 500}]))
        await asyncio.sleep(3)
    lines = server.output[before:]
    reports = [json.loads(line) for line in lines if '"page.failed"' in line]
    assert 1 <= len(reports) <= 20
    assert all(json.loads(line)["event"] != "user.signed_in" for line in lines)
    assert sum(map(len, lines)) < 300_000, "of 6 MB that were sent"


async def test_a_message_of_a_stranger_has_a_size(server: Server) -> None:
    async with raw_socket(server, "large") as socket:
        await enter(socket)
        await socket.send(event(HYDRATE, {"text": "x" * (MAX_ANONYMOUS_BYTES + 1)}))
        assert await closed_with(socket) == 1009


async def test_who_connects_and_says_nothing_is_closed(server: Server) -> None:
    async with raw_socket(server, "silent") as socket:
        assert await closed_with(socket) == 1008


@pytest.mark.parametrize("token", ["", "x" * 65, "%0Aforged", "%3Cscript%3E"])
async def test_a_client_token_is_a_short_word(server: Server, token: str) -> None:
    with pytest.raises(InvalidStatus):
        async with raw_socket(server, token):
            pass


async def test_a_socket_is_read_at_a_pace(server: Server) -> None:
    async with raw_socket(server, "hasty", "127.0.0.21") as socket:
        await enter(socket)
        started, pongs = time.monotonic(), 0
        sender = asyncio.create_task(flood(socket, '42/_event,["ping"]', 2000))
        while time.monotonic() - started < 3:
            said = await socket.recv()
            pongs += str(said).startswith("42")
        sender.cancel()
    lasted_s = time.monotonic() - started
    assert 1 <= pongs <= SOCKET_EVENTS.burst + SOCKET_EVENTS.per_s * lasted_s + 5


async def test_signed_out_sockets_of_an_address_share_a_pace_and_another_address_has_its_own(server: Server) -> None:
    opened = 0
    try:
        for number in range(int(ADDRESS_EVENTS.burst)):
            async with raw_socket(server, f"many-{number}", "127.0.0.22"):
                opened += 1
    except InvalidStatus as refused:
        assert refused.response.status_code == 403
    assert opened < ADDRESS_EVENTS.burst
    async with raw_socket(server, "neighbour", "127.0.0.23") as socket:
        await enter(socket)
