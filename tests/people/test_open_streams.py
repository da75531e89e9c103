"""An answer that is being streamed ends within a second of whatever ends its reader's right to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest
from httpx import ASGITransport, AsyncClient

from ragapp.api.app import build_api
from ragapp.core.events import TextDelta
from ragapp.core.flags import Flag
from ragapp.core.scope import Role, TenantScope
from ragapp.services.registry import install, uninstall
from tests.api.asgi import Exchange, http_scope
from tests.fakes.services import COOKIE
from tests.fakes.starvation import stopwatch
from tests.oversight.doors import add_session
from tests.people.organisation import Organisation

BASE = "http://localhost:3000"
WITHIN_S = 1.0
PAUSE_S = 0.02


@dataclass(frozen=True)
class Reader:
    """A member with an open answer: their scope, their key's id, and what their client sends."""

    organisation: Organisation
    scope: TenantScope
    key_id: str
    session: str


async def _signs_out(reader: Reader) -> None:
    async with AsyncClient(transport=ASGITransport(build_api()), base_url=BASE) as client:
        await client.post("/auth/logout", headers={"Origin": BASE, "Cookie": f"{COOKIE}={reader.session}"})


async def _ends_all_sessions(reader: Reader) -> None:
    await reader.organisation.wired.services.sessions.revoke_others(reader.scope)


async def _is_removed(reader: Reader) -> None:
    await reader.organisation.wired.services.members.remove(reader.organisation.owner, reader.scope.user_id)


async def _is_deactivated(reader: Reader) -> None:
    await reader.organisation.wired.services.members.deactivate(reader.organisation.owner, reader.scope.user_id)


async def _is_suspended(reader: Reader) -> None:
    place = reader.organisation
    await place.wired.services.tenants.suspend(place.operator, place.tenant_id, reason="Unpaid")


async def _key_is_revoked(reader: Reader) -> None:
    await reader.organisation.wired.services.api_keys.revoke(reader.organisation.owner, reader.key_id)


async def _programs_are_shut_out(reader: Reader) -> None:
    await reader.organisation.wired.services.flags.change(reader.organisation.owner, {Flag.API_ACCESS: False})


End = Callable[[Reader], Awaitable[None]]
ENDS: Mapping[str, tuple[End, ...]] = {
    "session": (_signs_out, _ends_all_sessions, _is_removed, _is_deactivated, _is_suspended),
    "key": (_key_is_revoked, _programs_are_shut_out, _is_removed, _is_deactivated, _is_suspended),
}


@pytest.mark.parametrize(("kind", "end"), [(kind, end) for kind, ends in ENDS.items() for end in ends])
async def test_no_word_comes_after_a_second(organisation: Organisation, monkeypatch, kind: str, end: End):
    services = organisation.wired.services
    monkeypatch.setattr(services.answers, "stream", _endless)
    scope = await organisation.add(Role.MEMBER)
    key = await services.api_keys.create(scope, name="script")
    session = await add_session(organisation.wired.store, organisation.clock, scope)
    reader = Reader(organisation, scope, key.key.id, session)
    install(services)
    try:
        exchange = _open(reader.session if kind == "session" else key.token, kind)
        await exchange.wait_for(lambda seen: seen.body.count(b"word") > 3)
        await end(reader)
        async with stopwatch() as watch, asyncio.timeout(10 * WITHIN_S):
            await exchange.task
        assert watch.elapsed_s < WITHIN_S
        last = exchange.body.decode().strip().rpartition("\n\n")[2]
        assert last.startswith("event: error")
        assert json.loads(last.partition("data: ")[2])["status"] in (401, 403)
    finally:
        exchange.task.cancel()
        uninstall()


async def _endless(*_: object, **__: object) -> AsyncIterator[TextDelta]:
    while True:
        yield TextDelta("word ")
        await asyncio.sleep(PAUSE_S)


def _open(token: str, kind: str) -> Exchange:
    name, value = ("authorization", f"Bearer {token}") if kind == "key" else ("cookie", f"{COOKIE}={token}")
    sent = {name: value, "origin": "https://docs.example.hr", "content-type": "application/json"}
    headers = [(each.encode(), said.encode()) for each, said in sent.items()]
    exchange = Exchange(build_api(), http_scope("POST", "/api/v1/query/stream", headers))
    exchange.give_body(json.dumps({"text": "What does the keeper write down?"}).encode())
    return exchange
