"""Server-sent events: framing, heartbeats, and stopping the work when the reader leaves."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, TypeVar

import structlog
from fastapi import Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from ragapp.api.problems import problem_document, problem_of_error
from ragapp.api.rendering import encode
from ragapp.core.errors import Defect, InvariantBroken, RagAppError

HEARTBEAT_INTERVAL_S = 15.0

T = TypeVar("T")
EncodeFailure = Callable[[Mapping[str, object]], bytes]
"""Writes a problem document as the last event of a stream."""

_log = structlog.get_logger(__name__)


def describe_stream(*names: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of a stream of events with these names."""
    fields = {"event": {"enum": [*names, "error"]}, "data": {"type": "string", "description": "One JSON object."}}
    schema = {"type": "object", "properties": fields, "required": ["event", "data"]}
    return {200: {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": schema}}}}


def encode_event(name: str, payload: object) -> bytes:
    """Return one event; JSON has no raw line break, so one `data` line is enough."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode(payload))


@asynccontextmanager
async def closing(events: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close a producer with the block, whether it ran to its end or not."""
    try:
        yield events
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def encode_failure(problem: Mapping[str, object]) -> bytes:
    """Return the last event of a stream that failed."""
    return encode_event("error", problem)


async def open_stream(
    events: AsyncGenerator[bytes], encode_last: EncodeFailure = encode_failure
) -> "EventStream":
    """Return the response that sends `events`; `encode_last` writes the event of a failure on the way.

    The first event is produced before the response starts: a refusal (no right, a limit, nothing there) is then an
    ordinary problem document with its own status.

    Raises:
        InvariantBroken: there is no event at all.
    """
    try:
        first = await anext(events)
    except StopAsyncIteration:
        raise InvariantBroken("A stream ended before its first event.") from None
    return EventStream(first, events, encode_last=encode_last)


class EventStream(Response):
    """A `text/event-stream` body.

    A failure after the first event becomes one last event, written by `encode_last`. When the client leaves, the
    producer is cancelled once, so that it can still put its affairs in order.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        first: bytes,
        rest: AsyncGenerator[bytes],
        *,
        heartbeat_interval_s: float | None = None,
        encode_last: EncodeFailure = encode_failure,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._first = first
        self._rest = rest
        self._encode_last = encode_last
        self._heartbeat_interval_s = heartbeat_interval_s or HEARTBEAT_INTERVAL_S

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or stop when the client is gone."""
        with suppress(ClientDisconnect):
            async with aclosing(self._rest), cancelling_when_gone(receive):
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                async with _beating(send, self._heartbeat_interval_s):
                    await _send_part(send, self._first)
                    async for event in _ending_with_error(self._rest, self._encode_last):
                        await _send_part(send, event)
                await send({"type": "http.response.body", "body": b"", "more_body": False})


@asynccontextmanager
async def cancelling_when_gone(receive: Receive) -> AsyncIterator[None]:
    """Cancel the block, once, when the client hangs up.

    Raises:
        ClientDisconnect: the client hung up.
    """
    owner = asyncio.current_task()
    assert owner is not None  # noqa: S101 - always inside a task
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            continue
        gone = True
        owner.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not gone:
            raise
        owner.uncancel()
        raise ClientDisconnect from None
    finally:
        watcher.cancel()


@asynccontextmanager
async def _beating(send: Send, interval_s: float) -> AsyncIterator[None]:
    """Send a comment now and then, so that proxies keep a silent stream open."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(interval_s)
            await _send_part(send, b": still here\n\n")

    beater = asyncio.create_task(beat())
    try:
        yield
    finally:
        beater.cancel()


async def _send_part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def _ending_with_error(events: AsyncIterator[bytes], encode_last: EncodeFailure) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            yield event
    except RagAppError as error:
        yield encode_last(problem_of_error(error))
    except Exception as error:
        _log.exception("stream.failed", error_type=type(error).__name__)
        yield encode_last(problem_document(500, Defect.code, Defect.default_message))
