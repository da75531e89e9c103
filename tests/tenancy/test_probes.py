"""Random requests of twenty tenants with ids from everywhere: nobody ever reads or changes what is another tenant's.

Every answer is searched for other tenants' canaries (each is in a document, its file, its chats and its names) and for
their ids; after each round all rows and files of the others must be what they were. A failure names the seed.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import create_engine, select

from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from ragapp.core.ids import new_id
from ragapp.services.registry import install, uninstall
from tests.fakes.databases import tables_of
from tests.tenancy.rest_slots import Operation, Request, RestSlot, operations, operator_paths
from tests.tenancy.twins import Twin, _files, _unrestricted, add_twin

SEED = int(os.environ.get("RAGAPP_TEST_SEED", "20261121"))
TENANTS = 20
ROUNDS = 40
PROBES_PER_ROUND = 50
ANSWER_WITHIN_S = 3.0
KEYS = ("owner_key", "colleague_key", "editor_key", "member_key")
LEFT_OUT = ("audit_events", "tenant_usage")
"""The platform's own chain belongs to nobody; uses are counted together and written down a little later."""


@dataclass(frozen=True)
class Answered:
    """What a caller got: the status, and everything they could read."""

    status: int
    text: str


@pytest.fixture
async def population(wired, clock) -> list[Twin]:
    return [await add_twin(wired, clock, f"canary{number:02d}x{new_id()[:6]}") for number in range(TENANTS)]


@pytest.fixture
async def client(wired, population) -> AsyncIterator[AsyncClient]:
    install(wired.services)
    transport = ASGITransport(add_security_headers(build_api()))
    async with AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client
    uninstall()


class Everything:
    """What is stored, tenant by tenant, read past all locks."""

    def __init__(self, wired: Any, database_url: str) -> None:
        self._folder = wired.blob_folder
        self._engine = create_engine(_unrestricted(database_url))
        self._tables = tables_of(self._engine)

    def of_others(self, tenant_id: str) -> dict[str, Any]:
        """Return all rows with another tenant's id, and all files of other tenants."""
        with self._engine.connect() as connection:
            rows = {
                table.name: sorted(map(repr, connection.execute(select(table).where(table.c.tenant_id != tenant_id))))
                for table in self._tables.sorted_tables
                if "tenant_id" in table.c and table.name not in LEFT_OUT
            }
        return {**rows, "files": [entry for entry in _files(self._folder) if tenant_id not in entry[0]]}

    def close(self) -> None:
        self._engine.dispose()


class Prober:
    """Draws requests and judges answers."""

    def __init__(self, draw: random.Random, population: list[Twin], known: list[Operation]) -> None:
        self._draw = draw
        self._population = population
        self._operations = known
        self._owner_of = {
            each: twin.canary
            for twin in population
            for held in (twin.ids, twin.deleted)
            for ids in held.values()
            for each in ids
        }

    def request(self, caller: Twin) -> Request:
        """Return some operation with an id from somewhere in each of its places."""
        operation = self._draw.choice(self._operations)
        request = operation.request(caller)
        for slot in operation.slots():
            if self._draw.random() < 0.8:
                request = _with(request, slot, self._pick(slot, caller), caller)
        return request

    def _pick(self, slot: RestSlot, caller: Twin) -> str:
        stranger = self._draw.choice(self._population)
        pool = self._draw.choices(
            [caller.ids[slot.kind], stranger.ids[slot.kind], stranger.deleted[slot.kind], (new_id(),)],
            weights=[3, 5, 1, 1],
        )[0]
        return self._draw.choice(pool or (new_id(),))

    def leaks(self, request: Request, answered: Answered, caller: Twin) -> list[str]:
        """Return what in an answer belongs to somebody else and was not in the request."""
        sent = str(request)
        found = [twin.canary for twin in self._population if twin is not caller and twin.canary in answered.text]
        found += [
            each
            for each, owner in self._owner_of.items()
            if owner != caller.canary and each in answered.text and each not in sent
        ]
        return found


def _with(request: Request, slot: RestSlot, tried: str, caller: Twin) -> Request:
    value: Any = tried
    if slot.wrap:
        value = [tried] if slot.wrap == "[alone]" else [caller.own(slot.kind), tried]
    changed: Mapping[str, Any] = {**request.parts[slot.place], slot.name: value}
    return replace(request, parts={**request.parts, slot.place: changed})


async def send(client: AsyncClient, request: Request) -> Answered:
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            response = await request.send(client)
    except TimeoutError:
        return Answered(200, "")  # a stream that goes on: what it says is in the next test of the same operation
    return Answered(response.status_code, f"{response.text} {response.headers}")


@pytest.mark.slow
async def test_two_thousand_random_requests_leak_and_change_nothing(wired, population, client, database_url):
    draw = random.Random(SEED)
    api = build_api()
    known = [each for each in operations(api) if each.path not in operator_paths(api)]
    prober, everything = Prober(draw, population, known), Everything(wired, database_url)
    wrong: list[str] = []
    try:
        for _ in range(ROUNDS):
            caller = draw.choice(population)
            await wired.settle()  # what others have begun is theirs, and over
            before = everything.of_others(caller.owner.tenant_id)
            for _ in range(PROBES_PER_ROUND):
                client.headers["Authorization"] = f"Bearer {caller.tokens[draw.choice(KEYS)]}"
                request = prober.request(caller)
                answered = await send(client, request)
                if answered.status >= 500 and answered.status != 503:
                    wrong.append(f"{answered.status}: {request}")
                wrong += [f"{leak} in the answer to {request}" for leak in prober.leaks(request, answered, caller)]
            await wired.settle()
            after = everything.of_others(caller.owner.tenant_id)
            wrong += [f"{caller.canary} changed {place} of others" for place in before if before[place] != after[place]]
    finally:
        everything.close()
    assert not wrong, f"seed {SEED}\n" + "\n".join(wrong)
