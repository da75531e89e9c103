from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import pytest
import structlog
from httpx import ASGITransport, AsyncClient
from starlette.types import ASGIApp

from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from tests.api.fakes import rest_services
from tests.fakes.services import PUBLIC_URL, installed_services


@pytest.fixture
def command_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let commands set up their logs as in a process of their own; nothing of it outlives the test."""
    # The standard library's are set up once per process, and the stream they would write to ends with the command.
    monkeypatch.setattr("ragapp.logs.logging.basicConfig", lambda **_: None)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def rest_app() -> ASGIApp:
    return add_security_headers(build_api())


@pytest.fixture
def rest(rest_app: ASGIApp) -> Iterator[SimpleNamespace]:
    """The fake services behind `client`."""
    with installed_services(**rest_services()) as services:
        yield services


@pytest.fixture
async def anonymous(rest: SimpleNamespace, rest_app: ASGIApp) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(rest_app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


@pytest.fixture
async def client(anonymous: AsyncClient) -> AsyncClient:
    """A caller with an owner's API key."""
    anonymous.headers["Authorization"] = "Bearer api-owner"
    return anonymous
