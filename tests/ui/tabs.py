"""A browser tab without a browser: events go through the framework's real pipeline, what comes back is recorded."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event import Event
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor

from ragapp.ragapp import app
from tests.fakes.services import COOKIE

HYDRATE = "reflex___state____state.hydrate_and_load"


@dataclass
class Answer:
    """What the server sent in answer to one event and everything it led to."""

    deltas: list[Mapping[str, Mapping[str, Any]]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def values(self, state_class: type) -> dict[str, Any]:
        """Return the last value sent of each var of a state."""
        merged: dict[str, Any] = {}
        for delta in self.deltas:
            merged.update(delta.get(state_class.get_full_name(), {}))
        return {name.removesuffix("_rx_state_"): value for name, value in merged.items()}

    @property
    def scripts(self) -> str:
        """Return everything the browser was told to run, with its escaped letters readable."""
        told = " ".join(str(event.payload) for event in self.events)
        return re.sub(r"\\+u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), told)

    @property
    def address(self) -> str:
        """Return the page that the browser was led to, "" for none."""
        return next((event.payload["path"] for event in self.events if event.name == "_redirect"), "")


class Tab:
    """One tab: a client token and a cookie."""

    def __init__(self, processor: BaseStateEventProcessor, token: str, session: str) -> None:
        self._processor = processor
        self.token = token
        self.session = session
        self.headers: dict[str, str] = {}
        self.query: dict[str, str] = {}
        self._answer = Answer()

    async def send(self, event: Any, path: str = "/nowhere", **payload: Any) -> Answer:
        """Send one event (a handler or its full name) and wait for everything it leads to."""
        name = event if isinstance(event, str) else handler_name(event)
        self._answer = Answer()
        router = {
            "headers": {"cookie": f"{COOKIE}={self.session}", **self.headers},
            "pathname": path.partition("?")[0],
            "query": self.query,
            "asPath": path,
            "token": self.token,
            "origin": "http://localhost",
        }
        future = await self._processor.enqueue(self.token, Event(name=name, payload=payload, router_data=router))
        await future.wait_all()
        return self._answer

    async def browse(self, event: Any, path: str, *, load: Any, **payload: Any) -> Answer:
        """Send an event that leads to another address, load its page, and return what was sent on the way."""
        answer = await self.send(event, path, **payload)
        assert answer.address, "the event led nowhere"
        there = await self.send(load, answer.address)
        return Answer([*answer.deltas, *there.deltas], [*answer.events, *there.events])


@asynccontextmanager
async def open_tabs() -> AsyncIterator[Any]:
    """Yield a function `tab(session="", token=...)`; errors inside handlers are raised at the end."""
    errors: list[Exception] = []
    tabs: dict[str, Tab] = {}

    def keep(error: Exception) -> None:
        errors.append(error)

    processor = BaseStateEventProcessor(middleware=app, backend_exception_handler=keep)
    processor.configure(state_manager=StateManagerMemory())

    async def emit_delta(token: str, delta: Mapping[str, Mapping[str, Any]]) -> None:
        tabs[token]._answer.deltas.append(delta)

    async def emit_event(token: str, *events: Event) -> None:
        tabs[token]._answer.events.extend(events)

    root = processor._root_context
    object.__setattr__(root, "emit_delta_impl", emit_delta)
    object.__setattr__(root, "emit_event_impl", emit_event)

    def tab(session: str = "", token: str = "tab-1") -> Tab:
        tabs[token] = Tab(processor, token, session)
        return tabs[token]

    async with processor:
        yield tab
    if errors:
        raise errors[0]


def handler_name(handler: Any) -> str:
    """Return the full name of an event handler of a state class."""
    from reflex_base.utils.format import format_event_handler

    return format_event_handler(handler)
