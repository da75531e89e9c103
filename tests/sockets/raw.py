"""A program that speaks the pages' socket protocol without any page."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

import socketio
import socketio.exceptions

_NAMESPACE = "/_event"
_SILENCE_S = 0.1
"""The protocol has no last word: an answer is over when nothing more comes for this long."""


class RawSocket:
    """One connection: it may claim any client token, cookie and origin, and send any event."""

    def __init__(self, url: str, *, token: str, cookie: str = "", origin: str | None = None) -> None:
        self._url = f"{url}?token={token}"
        self._headers = {"Origin": url if origin is None else origin} | ({"Cookie": cookie} if cookie else {})
        self._client = socketio.AsyncClient(reconnection=False)
        self._heard: list[str] = []
        self._client.on("event", self._hear, namespace=_NAMESPACE)

    async def __aenter__(self) -> Self:
        try:
            await self._client.connect(
                self._url,
                headers=self._headers,
                transports=["websocket"],
                socketio_path=_NAMESPACE,
                namespaces=[_NAMESPACE],
                wait_timeout=5,
            )
        except socketio.exceptions.ConnectionError:
            await self._client.eio.http.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.disconnect()

    @property
    def heard(self) -> str:
        """Everything the server has said."""
        return "\n".join(self._heard)

    async def send(self, name: str, path: str = "/", **payload: Any) -> None:
        """Send one event."""
        router = {"pathname": path, "asPath": path, "query": {}}
        event = {"name": name, "payload": payload, "router_data": router}
        await self._client.emit("event", event, namespace=_NAMESPACE)

    async def ask(self, name: str, path: str = "/", **payload: Any) -> str:
        """Send an event and return what came back until the server fell silent."""
        before = len(self._heard)
        await self.send(name, path, **payload)
        count = -1
        while count != len(self._heard):
            count = len(self._heard)
            await asyncio.sleep(_SILENCE_S)
        return "\n".join(self._heard[before:])

    async def _hear(self, update: Any) -> None:
        self._heard.append(json.dumps(update, ensure_ascii=False))
