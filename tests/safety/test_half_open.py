"""A real server with few descriptors keeps serving while somebody holds hundreds of connections open."""

import contextlib
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import Server, running_app

pytestmark = pytest.mark.slow

OPEN_FILES = 300
UNFINISHED = (
    b"",
    b"GET /api/v1/health/live HTT",
    b"POST /auth/password HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n",
    b"GET /_event/?token=a&EIO=4 HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("half-open")
    with running_app(folder, open_files=OPEN_FILES, RAGAPP_GENERATOR="extractive") as running:
        yield running


@pytest.fixture(autouse=True)
def _room_for_the_test_itself() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))


def connection(server: Server, source: str) -> socket.socket:
    port = httpx.URL(server.url).port
    assert port
    return socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0))


def descriptors_of(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


@pytest.mark.parametrize("said", UNFINISHED)
@pytest.mark.parametrize("sources", [1, 8], ids=["one address", "eight addresses"])
def test_hundreds_of_unfinished_requests_keep_nobody_out(server: Server, said: bytes, sources: int) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(600):
            line = stack.enter_context(connection(server, f"127.0.0.{10 + number % sources}"))
            with contextlib.suppress(ConnectionError):  # it may have made way already
                line.sendall(said)
        assert descriptors_of(server) < OPEN_FILES
        visitor = stack.enter_context(httpx.Client(base_url=server.url, timeout=30, follow_redirects=True))
        for path in ("/api/v1/health/ready", "/sign-in", "/api/v1/health"):
            assert visitor.get(path).status_code == 200
    assert "Too many open files" not in "".join(server.output)


def test_what_is_left_unfinished_is_closed_by_the_server(server: Server) -> None:
    with connection(server, "127.0.0.1") as line:
        line.settimeout(30)
        line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert not line.recv(1000)
