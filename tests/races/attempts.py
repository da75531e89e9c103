"""What one worker process does in a race: many attempts at the same thing, all begun at the same moment."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from ragapp.adapters.rate_limiter import LocalRateLimiter, RedisRateLimiter
from ragapp.core.errors import IndexUnavailable, RagAppError
from ragapp.core.ids import TenantId, UserId
from ragapp.core.ports import Rate, RateDecision
from ragapp.core.scope import Origin, PlatformScope, Role, TenantScope
from ragapp.services.identity.people import NewAccount
from ragapp.services.identity.session_opening import Visit
from ragapp.services.tenancy.joining import Acceptance
from tests.fakes.accounts import PLATFORM, scope_of
from tests.fakes.clock import FixedClock
from tests.fakes.library import pieces
from tests.fakes.wired import Wired, wired_application

PASSWORD = "Qz7-vK3.tXw9"
"""Short and strange: judging long passwords takes longer than everything that races."""


@dataclass(frozen=True)
class Race:
    """One worker's part: attempts `numbers` at `kind`, from `starts_at` (seconds since the epoch) on."""

    kind: str
    database_url: str
    folder: Path
    facts: Mapping[str, Any]
    numbers: tuple[int, ...]
    starts_at: float


def prepare(busy_s: float) -> int:
    """Fall silent, with everything imported by now; return the process. Busy for a while, so that each does it once."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    time.sleep(busy_s)
    return os.getpid()


def run(race: Race) -> list[str]:
    """Return what became of each attempt: "done", or the code of its refusal."""
    return _loop.run(_run(race))


async def _run(race: Race) -> list[str]:
    wired = await _application(race)
    await asyncio.sleep(max(0.0, race.starts_at - time.time()))
    return await asyncio.gather(*(_outcome(_KINDS[race.kind](wired, race.facts, each)) for each in race.numbers))


_loop = asyncio.Runner()
_opened: dict[str, tuple[AsyncExitStack, Wired]] = {}


async def _application(race: Race) -> Wired:
    """Return this process's application over the database; it stays open for the next round."""
    if race.database_url not in _opened:
        while _opened:
            await _opened.popitem()[1][0].aclose()
        stack = AsyncExitStack()
        opened = wired_application(race.database_url, FixedClock(), race.folder)
        _opened[race.database_url] = stack, await stack.enter_async_context(opened)
        _hash_fast_and_count_nothing(_opened[race.database_url][1])
    return _opened[race.database_url][1]


async def _outcome(attempt: Awaitable[str | None]) -> str:
    try:
        return await attempt or "done"
    except RagAppError as error:
        return error.code


class _Fast:
    async def hash(self, password: str) -> str:
        return f"fast:{password}"

    async def verify(self, encoded: str | None, password: str) -> bool:
        return encoded == f"fast:{password}"


class _Open:
    async def admit(self, guess: object) -> None: ...
    async def failed(self, guess: object) -> None: ...
    async def succeeded(self, guess: object) -> None: ...


def _hash_fast_and_count_nothing(wired: Wired) -> None:
    """The hash is slow on purpose, and guesses are counted on purpose; what races is the rest."""
    services = wired.services
    for service in (services.setup, services.joining, services.password_resets, services.console._setup):
        service._hasher = _Fast()
    services.joining._throttle = _Open()


async def _become_first_owner(wired: Wired, facts: Mapping[str, Any], number: int) -> None:
    account = NewAccount(f"{facts['round']}-{number}@lipa.hr", PASSWORD, "", f"Lipa {facts['round']} {number}")
    await wired.services.setup.create_first_owner(account, setup_token=facts["token"])


async def _become_owner_somehow(wired: Wired, facts: Mapping[str, Any], number: int) -> str | None:
    """Half of the attempts come through the page, half through the console, which may make further organisations."""
    if number % 2:
        await _become_first_owner(wired, facts, number)
        return None
    name = f"Hrast {facts['round']} {number}"
    email = f"{facts['round']}-{number}@hrast.hr"
    made = await wired.services.console.create_owner(email=email, password=PASSWORD, tenant=name)
    async with wired.store.read_platform(PLATFORM) as tx:
        tenant, _ = await tx.tenants.get(made.tenant_id)
    return "done" if tenant.plan == "unlimited" else "later"


async def _accept(wired: Wired, facts: Mapping[str, Any], number: int) -> None:
    token = facts["tokens"][number % len(facts["tokens"])]
    await wired.services.joining.accept(Acceptance(token, password=PASSWORD), Visit())


async def _reset(wired: Wired, facts: Mapping[str, Any], number: int) -> None:
    await wired.services.password_resets.use(facts["token"], f"{PASSWORD} {number}")


async def _leave(wired: Wired, facts: Mapping[str, Any], number: int) -> None:
    members, scope = wired.services.members, _owner(wired, facts, facts["owners"][number % len(facts["owners"])])
    ways: tuple[Callable[[], Awaitable[Any]], ...] = (
        lambda: members.remove(scope, scope.user_id),
        lambda: members.deactivate(scope, scope.user_id),
        lambda: members.change_role(scope, scope.user_id, Role.MEMBER),
    )
    await ways[number % 3]()


async def _upload(wired: Wired, facts: Mapping[str, Any], number: int) -> None:
    text = f"Text {number} of round {facts['round']}."
    owner = _owner(wired, facts, facts["owners"][0])
    await wired.services.documents.upload(owner, pieces(text.encode()), filename=f"{number}.txt")


async def _ask(wired: Wired, facts: Mapping[str, Any], number: int) -> str:
    url = facts["redis_url"]
    limiter = _limiters.setdefault(url, RedisRateLimiter(url, _Away(FixedClock())))
    return "done" if (await limiter.hit(facts["key"], Rate(facts["count"], 3600))).allowed else "rate_limited"


class _Away(LocalRateLimiter):
    """Stands in when Redis is too slow to answer, which on a busy machine is no news about the race."""

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> RateDecision:
        raise IndexUnavailable


_limiters: dict[str, RedisRateLimiter] = {}


async def _found(wired: Wired, facts: Mapping[str, Any], number: int) -> None:
    operator = PlatformScope(Origin.CONSOLE, UserId(facts["owners"][0]))
    await wired.services.tenants.create(operator, name=f"Jela {facts['round']} {number}", owner_email="vesna@jela.hr")


def _owner(wired: Wired, facts: Mapping[str, Any], user_id: str) -> TenantScope:
    now = wired.store._clock.now()
    return replace(scope_of(TenantId(facts["tenant_id"]), user_id, Role.OWNER), authenticated_at=now)


_KINDS: Mapping[str, Callable[[Wired, Mapping[str, Any], int], Awaitable[str | None]]] = {
    "first owner": _become_first_owner,
    "first owner by page or console": _become_owner_somehow,
    "invitation": _accept,
    "reset": _reset,
    "last owner": _leave,
    "last document": _upload,
    "last question of the hour": _ask,
    "new tenants": _found,
}
