"""In front of the pages' socket: only events of the product pass, each socket at a pace, signed-out ones together.

Whoever sends faster is read more slowly, which the network tells the sender; nothing is kept for them meanwhile.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragapp.api.socket_packets import MAX_MESSAGE_BYTES, NAMESPACE, Refusal, refusal_of
from ragapp.core.addresses import source_of
from ragapp.core.errors import NotAuthenticated
from ragapp.core.pacing import LogBudget, Pace, TokenBucket
from ragapp.services.registry import current

SOCKET_EVENTS = Pace(burst=400, per_s=50)
SOCKET_BYTES = Pace(burst=4_000_000, per_s=256_000)
"""Of each socket."""
ADDRESS_EVENTS = Pace(burst=1000, per_s=100)
ADDRESS_BYTES = Pace(burst=2_000_000, per_s=256_000)
"""Of all signed-out sockets of one address together."""
CONNECT_COST = 10
"""What opening a signed-out socket counts as, in events."""
MAX_ANONYMOUS_BYTES = 64_000
MAX_REFUSALS = 20
FIRST_PACKET_S = 10.0
MAX_WAIT_S = 20.0
"""A socket that would have to wait longer is closed."""

_LOG_LINES, _LOG_WINDOW_S = 20, 60.0
_CLIENT_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_POLICY_VIOLATION, _TOO_BIG, _TRY_AGAIN = 1008, 1009, 1013
_KEPT_ADDRESSES = 10_000
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Meter:
    """What may be sent: a pace of events and one of bytes."""

    events: TokenBucket
    sizes: TokenBucket

    def spend(self, size: int) -> float:
        """Count a message of `size` bytes; return the seconds to wait before it is read."""
        return max(self.events.spend(1), self.sizes.spend(size))


class AddressMeters:
    """One meter for all signed-out sockets of an address; those that were not used lately are forgotten."""

    def __init__(self) -> None:
        self._meters: dict[str, Meter] = {}

    def meter_of(self, source: str) -> Meter:
        """Return the meter of an address."""
        if source not in self._meters and len(self._meters) >= _KEPT_ADDRESSES:
            self._forget_unused()
        return self._meters.setdefault(source, Meter(TokenBucket(ADDRESS_EVENTS), TokenBucket(ADDRESS_BYTES)))

    def _forget_unused(self) -> None:
        used = {key: meter for key, meter in self._meters.items() if not (meter.events.is_full and meter.sizes.is_full)}
        # Where all are in use the oldest go: a meter that starts anew is better than a memory that fills.
        self._meters = dict(list(used.items())[-(_KEPT_ADDRESSES // 2) :])


@dataclass(slots=True)
class _Visitor:
    """Whose socket it is."""

    source: str
    is_signed_in: bool
    meters: list[Meter] = field(default_factory=list)

    @property
    def max_bytes(self) -> int:
        return MAX_MESSAGE_BYTES if self.is_signed_in else MAX_ANONYMOUS_BYTES


def guard_sockets(is_known: Callable[[str], bool]) -> Callable[[ASGIApp], ASGIApp]:
    """Return a wrapper for the application that keeps what is no event of the product from the page framework.

    Args:
        is_known: Whether the product has an event handler of that name.
    """
    meters, log = AddressMeters(), _RefusalLog()

    def wrap(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "websocket" or not scope["path"].startswith(NAMESPACE):
                await app(scope, receive, send)
                return
            visitor = await _visitor_of(scope)
            code = _refused_with(scope, visitor, meters)
            if code:
                await receive()
                await send({"type": "websocket.close", "code": code})
                return
            visitor.meters.append(Meter(TokenBucket(SOCKET_EVENTS), TokenBucket(SOCKET_BYTES)))
            door = _Door(receive, send, visitor, is_known, log)
            await app(scope, door.receive, door.send)

        return guarded

    return wrap


class _Door:
    """What one socket sends, as the framework gets to see it."""

    def __init__(
        self, receive: Receive, send: Send, visitor: _Visitor, is_known: Callable[[str], bool], log: "_RefusalLog"
    ) -> None:
        self._receive = receive
        self._send = send
        self._visitor = visitor
        self._is_known = is_known
        self._log = log
        self._refusals = 0
        self._has_spoken = False
        self._is_closed = False

    async def receive(self) -> Message:
        """Return the next message that may pass; the socket is closed on those who send too much that may not."""
        while True:
            message = await self._next()
            if message["type"] != "websocket.receive":
                return message
            self._has_spoken = True
            text = message.get("text")
            size = len(text.encode()) if text is not None else len(message.get("bytes") or b"")
            wait_s = max(meter.spend(size) for meter in self._visitor.meters)
            if wait_s > MAX_WAIT_S:
                return await self._close(_TRY_AGAIN)
            if wait_s:
                await asyncio.sleep(wait_s)
            refusal = self._refusal_of(text, size)
            if refusal is None:
                return message
            self._refusals += 1
            self._log.write(refusal, self._visitor)
            if refusal is Refusal.TOO_LARGE:
                return await self._close(_TOO_BIG)
            if self._refusals >= MAX_REFUSALS:
                return await self._close(_POLICY_VIOLATION)

    async def send(self, message: Message) -> None:
        """Pass on what the framework says, until the socket is closed."""
        if not self._is_closed:
            await self._send(message)

    async def _next(self) -> Message:
        """Return the next message; somebody who connects has to say something soon."""
        if self._has_spoken:
            return await self._receive()
        try:
            async with asyncio.timeout(FIRST_PACKET_S):
                return await self._receive()
        except TimeoutError:
            return await self._close(_POLICY_VIOLATION)

    def _refusal_of(self, text: str | None, size: int) -> Refusal | None:
        if text is None:
            return Refusal.BINARY
        return Refusal.TOO_LARGE if size > self._visitor.max_bytes else refusal_of(text, self._is_known)

    async def _close(self, code: int) -> Message:
        if not self._is_closed:
            self._is_closed = True
            await self._send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}


class _RefusalLog:
    """Writes down refusals, a few a minute: they are strangers' to cause. What was sent is never in it."""

    def __init__(self) -> None:
        self._budget = LogBudget(_LOG_LINES, _LOG_WINDOW_S)

    def write(self, refusal: Refusal, visitor: _Visitor) -> None:
        """Note one refused message."""
        left_out = self._budget.take()
        if left_out is not None:
            _log.warning(
                "socket.message_refused",
                reason=refusal.value,
                source=visitor.source,
                signed_in=visitor.is_signed_in,
                left_out_count=left_out,
            )


def _refused_with(scope: Scope, visitor: _Visitor, meters: AddressMeters) -> int | None:
    """Return the code a socket is refused with before it is accepted, None if it may come in."""
    token = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20).get("token", [""])[0]
    if not _CLIENT_TOKEN.fullmatch(token):
        return _POLICY_VIOLATION
    if visitor.is_signed_in:
        return None
    meter = meters.meter_of(visitor.source)
    visitor.meters.append(meter)
    return None if meter.events.try_spend(CONNECT_COST) else _TRY_AGAIN


async def _visitor_of(scope: Scope) -> _Visitor:
    request = HTTPConnection(scope)
    token = request.cookies.get(current().settings_view.session_cookie_name, "")
    source = source_of(request.client.host if request.client else "")
    try:
        is_signed_in = bool(token and await current().access.scope_of_session(token, for_account=True))
    except NotAuthenticated:
        is_signed_in = False
    return _Visitor(source, is_signed_in)
