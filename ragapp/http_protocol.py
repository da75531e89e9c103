"""HTTP connections that cannot be held without asking for something.

uvicorn waits without limit for the rest of a request's head and for the next piece of its body; each such connection
keeps a descriptor. Here both have a time limit, heads have a size, and connections are counted.
"""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ragapp.connections import ConnectionRegistry
from ragapp.core.addresses import TrustedProxies, source_of

HEAD_TIMEOUT_S = 10.0
"""From the connection, or the first byte of a further request, to the end of the head."""
BODY_WINDOW_S = 15.0
MIN_BODY_BYTES_PER_S = 256
"""A body that comes more slowly for two windows together is given up."""
LINGER_S = 15.0
"""How long the rest of a body is read after the answer."""
STALLED_WRITE_S = 60.0
"""How long a client may leave what is sent to it unread."""
MAX_HEAD_BYTES = 64 * 1024
_LAST_CALL_S = 0.1


class _Phase(Enum):
    HEAD = auto()
    BODY = auto()
    DONE = auto()


class BoundedHttpProtocol(HttpToolsProtocol):
    """One HTTP connection; `bounded_protocols` gives it the registry to count in."""

    registry: ClassVar[ConnectionRegistry]
    proxies: ClassVar[TrustedProxies]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._phase = _Phase.HEAD
        self._head_bytes = 0
        self._is_head_new = False
        self._is_handed_over = False
        self._body_bytes = 0
        self._slow_windows = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_phase: _Phase | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it; the head has to follow soon."""
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        if not self.registry.admit(self, source_of(peer), is_exempt=peer in self.proxies):
            self._end_with(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.ws_protocol_class = cast("Any", partial(cast("Any", self.ws_protocol_class), on_lost=self._release))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._release()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; then look whether the request is still under way."""
        self._is_head_new = False
        super().data_received(data)
        if self._is_handed_over or self.transport.is_closing():
            self._stop_timer()
            return
        if self._phase is _Phase.DONE and not self._is_answering() and self.timeout_keep_alive_task is None:
            # Blank lines before a request begin none, but have stopped uvicorn's own timer.
            self._begin_head()
        if self._phase is _Phase.HEAD and not self._is_head_new:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._end_with(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        elif self._phase is _Phase.BODY:
            self._body_bytes += len(data)
        self._watch()

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        if self._phase is not _Phase.HEAD:
            self._begin_head()

    def on_headers_complete(self) -> None:
        """Note that the head is complete: from here on somebody works on the request."""
        self._phase = _Phase.BODY
        self._body_bytes = self._slow_windows = 0
        self.registry.work(self)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the body is complete."""
        self._phase = _Phase.DONE
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of this one's body, though not for long."""
        super().on_response_complete()
        self._watch()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over; it stays counted until the socket closes."""
        self._is_handed_over = True
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """Give the client a while to read what it was sent."""
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(STALLED_WRITE_S, self.drop)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._stop_stall_timer()

    def drop(self) -> None:
        """End the connection without a word."""
        self._stop_timer()
        self._stop_stall_timer()
        self.transport.abort()

    def _begin_head(self) -> None:
        self._phase = _Phase.HEAD
        self._head_bytes = 0
        self._is_head_new = True

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _watch(self) -> None:
        """Run the one timer that fits what the connection waits for; a phase that goes on keeps its own."""
        is_answering = self._is_answering()
        if self._phase is not _Phase.BODY and not is_answering:
            self.registry.wait(self)
        if self._timer is not None and self._timer_phase is not self._phase:
            self._stop_timer()
        if self._timer is not None or self._phase is _Phase.DONE:
            return
        self._timer_phase = self._phase
        if self._phase is _Phase.HEAD:
            self._timer = self.loop.call_later(HEAD_TIMEOUT_S, self._give_up_head)
        else:
            self._timer = self.loop.call_later(BODY_WINDOW_S if is_answering else LINGER_S, self._check_body)

    def _give_up_head(self) -> None:
        self._timer = None
        if self._is_answering():
            # The head of a request behind the one that is being answered: uvicorn's timer follows that answer.
            self._watch()
            return
        # After a stall of this process timers come before what has long arrived: that is read first.
        self._timer = self.loop.call_later(_LAST_CALL_S, self._end_with, HTTPStatus.REQUEST_TIMEOUT)

    def _check_body(self) -> None:
        self._timer = None
        if not self._is_answering():
            self.drop()
            return
        is_slow = self._body_bytes < MIN_BODY_BYTES_PER_S * BODY_WINDOW_S
        is_ours = self.flow.read_paused or self.cycle.waiting_for_100_continue
        self._slow_windows = self._slow_windows + 1 if is_slow and not is_ours else 0
        self._body_bytes = 0
        if self._slow_windows > 1:
            self._end_with(HTTPStatus.REQUEST_TIMEOUT)
            return
        self._watch()

    def _end_with(self, status: HTTPStatus) -> None:
        """Say why, unless an answer has begun, and close."""
        self._stop_timer()
        if not self.transport.is_closing() and not (self._is_answering() and self.cycle.response_started):
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode("ascii"))
        self.transport.close()

    def _release(self) -> None:
        self._stop_timer()
        self._stop_stall_timer()
        self.registry.release(self)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


class CountedWebSocketProtocol(WebSocketsSansIOProtocol):
    """A websocket that says when it is gone, and gives up on a client that does not read."""

    def __init__(self, *arguments: Any, on_lost: Callable[[], None], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._on_lost = on_lost
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._on_lost()
        self._stop_stall_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give the client a while to read what it was sent."""
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(STALLED_WRITE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self._stop_stall_timer()

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


def bounded_protocols(
    registry: ConnectionRegistry, trusted: TrustedProxies
) -> tuple[type[BoundedHttpProtocol], type[CountedWebSocketProtocol]]:
    """Return the protocol classes for uvicorn's `http` and `ws`.

    Args:
        registry: Counts the connections of this process.
        trusted: Proxies, who may open any number.
    """

    class Http(BoundedHttpProtocol):
        pass

    Http.registry, Http.proxies = registry, trusted
    return Http, CountedWebSocketProtocol
