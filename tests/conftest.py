"""Every test: a clean environment, no network outside this machine, time and databases from fixtures."""

import gc
import ipaddress
import os
import socket
from collections.abc import AsyncIterator

import pytest
import structlog

from ragapp.store.engine import build_engine
from ragapp.store.store import Store
from tests.fakes.clock import FixedClock
from tests.fakes.databases import database_url, postgres_clone, postgres_template, sqlite_template

__all__ = ["database_url", "postgres_clone", "postgres_template", "sqlite_template"]

_OURS = ("RAGAPP_", "OLLAMA_", "REFLEX_")
_KEPT = ("RAGAPP_TEST_",)
_REMOVED = ("DATABASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


# Without this a test that looks at unexpected failures spends its time on colouring tracebacks.
structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])


def pytest_collection_finish() -> None:
    """Leave what was imported and collected alone from now on: it lives until the end, and is much to look through."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in _REMOVED or (name.startswith(_OURS) and not name.startswith(_KEPT)):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


class OutsideNetworkRefused(AssertionError):
    """A test tried to leave this machine."""


@pytest.fixture(autouse=True)
def _block_outside_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def guarded(connect):  # type: ignore[no-untyped-def]
        def checked(self: socket.socket, address: object) -> object:
            if isinstance(address, tuple) and not _is_loopback(str(address[0])):
                raise OutsideNetworkRefused(f"connection to {address[0]}")
            return connect(self, address)

        return checked

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def store(database_url: str, clock: FixedClock) -> AsyncIterator[Store]:
    """A migrated, empty database behind the unit of work; once on SQLite and once on PostgreSQL."""
    store = Store(build_engine(database_url), clock)
    yield store
    await store.close()
