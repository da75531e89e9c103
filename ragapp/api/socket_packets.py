"""Which messages of a page's socket are well formed, and name an event the product has.

The framework writes what it does not understand to its log, whole and more than once; so nothing of that kind reaches
it. Formats: Engine.IO 4 and Socket.IO 5, over websockets.
"""

import json
import re
from collections.abc import Callable
from enum import StrEnum

MAX_MESSAGE_BYTES = 1_000_000
"""The framework's own bound: a longer message ends the connection."""
NAMESPACE = "/_event"

_HEARTBEATS = frozenset({"1", "3"})
_PACKET = re.compile(rf"4(?P<kind>[012]){re.escape(NAMESPACE)}(?:,(?P<id>[0-9]{{0,9}})(?P<data>[\[{{].*)?)?", re.DOTALL)
_CONNECT, _DISCONNECT = "0", "1"
_MAX_SCHEMA_CHARACTERS = 128


class Refusal(StrEnum):
    """Why a message does not reach the framework."""

    BINARY = "binary"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    UNKNOWN_EVENT = "unknown_event"


def refusal_of(text: str, is_known: Callable[[str], bool]) -> Refusal | None:
    """Return why a message is refused, None if it is well formed.

    Args:
        text: One text message of the socket.
        is_known: Whether the product has an event of that name.
    """
    if text in _HEARTBEATS:
        return None
    packet = _PACKET.fullmatch(text)
    if packet is None:
        return Refusal.MALFORMED
    try:
        data = json.loads(packet["data"]) if packet["data"] else None
    except (ValueError, RecursionError):
        return Refusal.MALFORMED
    if packet["kind"] == _CONNECT:
        return _refusal_of_connect(data, is_known)
    if packet["kind"] == _DISCONNECT:
        return None if data is None else Refusal.MALFORMED
    return _refusal_of_event(data, is_known)


def _refusal_of_connect(auth: object, is_known: Callable[[str], bool]) -> Refusal | None:
    """A page's first event rides in the packet that opens the connection."""
    if auth is None:
        return None
    if not isinstance(auth, dict):
        return Refusal.MALFORMED
    schema, event = auth.get("state_schema"), auth.get("event")
    if schema is not None and not (isinstance(schema, str) and len(schema) <= _MAX_SCHEMA_CHARACTERS):
        return Refusal.MALFORMED
    return None if event is None else _refusal_of_page_event(event, is_known)


def _refusal_of_event(data: object, is_known: Callable[[str], bool]) -> Refusal | None:
    match data:
        case ["event", event]:
            return _refusal_of_page_event(event, is_known)
        case ["ping"] | ["ping", None] | ["client_error", dict()]:
            return None
        case [str(), *_]:
            return Refusal.UNKNOWN_EVENT
        case _:
            return Refusal.MALFORMED


def _refusal_of_page_event(event: object, is_known: Callable[[str], bool]) -> Refusal | None:
    if not isinstance(event, dict):
        return Refusal.MALFORMED
    name = event.get("name")
    if not isinstance(name, str) or not isinstance(event.get("payload", {}), dict) or not _has_route(event):
        return Refusal.MALFORMED
    return None if is_known(name) else Refusal.UNKNOWN_EVENT


def _has_route(event: dict[str, object]) -> bool:
    route = event.get("router_data", {})
    if not isinstance(route, dict):
        return False
    return isinstance(route.get("query", {}), dict) and isinstance(route.get("pathname", ""), str)
