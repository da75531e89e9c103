"""Fair queueing in front of a scarce resource: shares are of the seconds it works, not of the number of requests.

Tenants share by start-time fair queueing: whoever has had the fewest seconds of virtual time goes next, and one that
comes anew starts where the others are. Within a tenant the flow (a document) with the least attained service goes next,
so a small one passes a large one without anybody knowing sizes; every fourth turn goes to the flow that has waited
longest, so a large one is never starved.

Source: Goyal, Vin and Cheng, "Start-time Fair Queueing", SIGCOMM 1996; Kleinrock, "Queueing Systems", volume 2, 1976
(least attained service).
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

_OLDEST_EVERY = 4
_FIRST_GUESS_S = 0.01
_SMOOTHING = 0.2


@dataclass(slots=True)
class _Request:
    """Somebody waits for a place; `cost` is in the unit of the caller, `number` tells who came first."""

    number: int
    cost: float
    granted: asyncio.Future[None]
    guess_s: float = 0.0


@dataclass(slots=True)
class _Tenant:
    virtual_s: float = 0.0
    turn_count: int = 0
    flows: list["Flow"] = field(default_factory=list)

    @property
    def waiting(self) -> list["Flow"]:
        return [flow for flow in self.flows if flow.requests]


class Flow:
    """One document's (or call's) way to the resource; open as long as it may ask again."""

    def __init__(self, turns: "FairTurns", tenant: _Tenant) -> None:
        self._turns = turns
        self.tenant = tenant
        self.attained_s = 0.0
        self.requests: deque[_Request] = deque()

    @asynccontextmanager
    async def turn(self, cost: float) -> AsyncIterator[None]:
        """Wait for a place and hold it for the length of the block.

        Args:
            cost: How much work the block is, > 0, in a unit that is the same for all (texts, characters). It only
                matters until the block ends: then the seconds it took are charged instead.
        """
        guess_s = await self._turns.acquire(self, cost)
        started = self._turns.now_s()
        try:
            yield
        finally:
            self._turns.release(self, cost, guess_s=guess_s, taken_s=self._turns.now_s() - started)

    def charge(self, seconds: float) -> None:
        """Put seconds of the resource on the account of the flow and its tenant; negative ones are given back."""
        self.attained_s += seconds
        self.tenant.virtual_s += seconds


class FairTurns:
    """Hands out the places of one resource. Belongs to one event loop.

    Args:
        places: How many blocks may be at work at once, >= 1: enough that the resource never idles, few enough that who
            comes does not wait long for a place to become free.
        now_s: A clock in seconds.
    """

    def __init__(self, places: int, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self.now_s = now_s
        self._free = places
        self._tenants: dict[str, _Tenant] = {}
        self._virtual_s = 0.0
        self._seconds_per_cost = _FIRST_GUESS_S
        self._numbers = count()

    @contextmanager
    def flow(self, tenant_id: str) -> Iterator[Flow]:
        """Open a flow of a tenant for the length of a block."""
        tenant = self._tenants.setdefault(tenant_id, _Tenant(self._virtual_s))
        flow = Flow(self, tenant)
        tenant.flows.append(flow)
        try:
            yield flow
        finally:
            tenant.flows.remove(flow)
            self._forget_idle()

    @property
    def tenant_count(self) -> int:
        """Return how many tenants are remembered: those with open flows, and those that had more than their share."""
        return len(self._tenants)

    async def acquire(self, flow: Flow, cost: float) -> float:
        """Wait for a place; return the seconds that were charged for it on a guess, from what others took."""
        if not flow.tenant.waiting:
            flow.tenant.virtual_s = max(flow.tenant.virtual_s, self._virtual_s)
        request = _Request(next(self._numbers), cost, asyncio.get_running_loop().create_future())
        flow.requests.append(request)
        self._grant()
        try:
            await request.granted
        except asyncio.CancelledError:
            self._withdraw(flow, request)
            raise
        return request.guess_s

    def release(self, flow: Flow, cost: float, *, guess_s: float, taken_s: float) -> None:
        """Free a place and charge what it was held for instead of what was guessed."""
        flow.charge(taken_s - guess_s)
        self._seconds_per_cost += _SMOOTHING * (taken_s / cost - self._seconds_per_cost)
        self._free += 1
        self._grant()

    def _withdraw(self, flow: Flow, request: _Request) -> None:
        with suppress(ValueError):
            flow.requests.remove(request)
        if request.granted.done() and not request.granted.cancelled():
            flow.charge(-request.guess_s)
            self._free += 1
            self._grant()

    def _grant(self) -> None:
        while self._free:
            waiting = [tenant for tenant in self._tenants.values() if tenant.waiting]
            if not waiting:
                return
            tenant = min(waiting, key=lambda one: (one.virtual_s, _first_number(one)))
            self._virtual_s = max(self._virtual_s, tenant.virtual_s)
            flow = _choose_flow(tenant)
            request = flow.requests.popleft()
            if request.granted.done():  # cancelled, and not yet told
                continue
            request.guess_s = request.cost * self._seconds_per_cost
            flow.charge(request.guess_s)
            self._free -= 1
            request.granted.set_result(None)

    def _forget_idle(self) -> None:
        """Drop tenants that have nothing open; one that had more than its share is remembered until others catch up."""
        idle = [name for name, one in self._tenants.items() if not one.flows and one.virtual_s <= self._virtual_s]
        for name in idle:
            del self._tenants[name]
        if all(not tenant.flows for tenant in self._tenants.values()):
            self._tenants.clear()


def _choose_flow(tenant: _Tenant) -> Flow:
    tenant.turn_count += 1
    if tenant.turn_count % _OLDEST_EVERY == 0:
        return min(tenant.waiting, key=lambda flow: flow.requests[0].number)
    return min(tenant.waiting, key=lambda flow: (flow.attained_s, flow.requests[0].number))


def _first_number(tenant: _Tenant) -> int:
    return min(flow.requests[0].number for flow in tenant.waiting)
