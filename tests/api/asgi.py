"""Drive an ASGI application message by message, for what an HTTP client cannot show."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from starlette.types import ASGIApp, Message

OWNER = ((b"authorization", b"Bearer api-owner"),)


def http_scope(method: str, path: str, headers: Iterable[tuple[bytes, bytes]] = OWNER) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"docs.example.hr"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 443),
    }


class Exchange:
    """One request whose body and disconnect the test controls."""

    def __init__(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        self.sent: list[Message] = []
        self.incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._changed = asyncio.Condition()
        self.task: asyncio.Future[None] = asyncio.ensure_future(app(scope, self.incoming.get, self._send))

    def give_body(self, body: bytes, *, more: bool = False) -> None:
        self.incoming.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hang_up(self) -> None:
        self.incoming.put_nowait({"type": "http.disconnect"})

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    async def wait_for(self, condition: Callable[["Exchange"], bool]) -> None:
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: condition(self)), 5)

    async def finish(self) -> None:
        await asyncio.wait_for(self.task, 5)

    async def _send(self, message: Message) -> None:
        async with self._changed:
            self.sent.append(message)
            self._changed.notify_all()
