"""What finding out who calls, and what they may do, adds to a request: `/api/v1/me` with and without, in turn."""

import asyncio
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from httpx import AsyncClient

from benchmarks.figures import Section, at_most, of_samples
from ragapp.api import routes
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from tests.fakes.real_api import real_api

_PATH = "/api/v1/me"
_WARM_UP = 50
_ANEW = "who calls and what is switched on is remembered for at most a second, then read again"


def measure(*, rounds: int, requests: int) -> Section:
    """Ask the application in this process, over its whole request path but the network."""
    return asyncio.run(_measure(rounds, requests))


async def _measure(rounds: int, requests: int) -> Section:
    bare, remembered, anew = [], [], []
    with TemporaryDirectory(prefix="ragapp-bench-") as folder:
        async with real_api(Path(folder)) as api:
            caller = await current().access.scope_of_bearer(api.client.headers["Authorization"].partition(" ")[2])
            await _p50_ms(api.client, _WARM_UP)
            for _ in range(rounds):
                with patch.object(routes, "authenticate", _trusting(caller)):
                    bare.append(await _p50_ms(api.client, requests))
                remembered.append(await _p50_ms(api.client, requests))
                anew.append(await _p50_ms(api.client, requests, forget=True))
    return Section(
        "Permission checks on /api/v1/me",
        [
            of_samples("without any check, p50", bare, "ms"),
            of_samples("with them, p50", remembered, "ms"),
            of_samples("added", _differences(remembered, bare), "ms", at_most(2)),
            of_samples("added to the first request in a second", _differences(anew, bare), "ms", note=_ANEW),
        ],
    )


def _trusting(caller: TenantScope) -> Any:
    async def authenticate(_request: object, *, for_account: bool = False) -> TenantScope:  # noqa: ARG001
        return caller

    return authenticate


async def _p50_ms(client: AsyncClient, requests: int, *, forget: bool = False) -> float:
    elapsed_ms = []
    for _ in range(requests):
        if forget:
            current().access._recent.clear()
            current().flags._rules.forget()
        started = time.perf_counter()
        answer = await client.get(_PATH)
        elapsed_ms.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
    return median(elapsed_ms)


def _differences(more: list[float], less: list[float]) -> list[float]:
    return [a - b for a, b in zip(more, less, strict=True)]
