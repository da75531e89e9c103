"""The event that is being handled in this task, so that one refused for want of a fresh proof can be run again later.

The guard notes it before each handler runs; a handler and what it calls run in the same task, so a context variable
reaches them all and no two tabs ever meet.
"""

import copy
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from reflex.event import Event
from reflex_base.registry import RegistrationContext

_PRESENT: ContextVar[Event | None] = ContextVar("ragapp_present_event", default=None)


def note_event(event: Event) -> None:
    """Say which event this task handles from here on."""
    _PRESENT.set(event)


def present_event() -> tuple[str, dict[str, Any]]:
    """Return name and arguments of the event that is being handled, ("", {}) outside of one."""
    event = _PRESENT.get()
    return ("", {}) if event is None else (event.name, copy.deepcopy(dict(event.payload)))


def repeat_event(name: str, arguments: Mapping[str, Any]) -> Event | None:
    """Return an event like one handled before, None where no page has such an event; the guard sees it as any other."""
    if name not in RegistrationContext.get().event_handlers:
        return None
    return Event(name=name, payload=dict(arguments))
