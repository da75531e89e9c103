"""How many connections are open, by address and in all, and which one has to go when there is no room."""

import resource
import time
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

import structlog

_log = structlog.get_logger(__name__)
_WANTED_DESCRIPTORS = 65_536
_KEPT_DESCRIPTORS = 256
"""Left for the database, files, parser processes and calls to other services."""
_SHARE_OF_ONE_ADDRESS = 0.75
_LOG_EVERY_S = 10.0


class Connection(Hashable, Protocol):
    """What the registry counts."""

    def drop(self) -> None:
        """End it at once; nothing is being worked on for it."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Most connections at once: in all, and of one address."""

    total: int
    per_address: int


def connection_limits(per_address: int) -> ConnectionLimits:
    """Raise the process's descriptor limit as far as it may, and return how many connections that leaves room for.

    Args:
        per_address: What the operator allows one address; less where a single one could take most descriptors.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    total = most - min(_KEPT_DESCRIPTORS, most // 2)
    return ConnectionLimits(total, min(per_address, int(total * _SHARE_OF_ONE_ADDRESS)))


class ConnectionRegistry:
    """Admits connections while there is room.

    Without room the oldest connection on which no request is being worked on makes way: a client that sends its
    request within a second is served even while somebody else opens connections and sends nothing.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._sources: dict[Connection, str] = {}
        self._counts: Counter[str] = Counter()
        self._waiting: dict[Connection, None] = {}
        self._waiting_of: dict[str, dict[Connection, None]] = {}
        self._refused_count = 0
        self._logged_at = 0.0

    def __len__(self) -> int:
        return len(self._sources)

    def admit(self, connection: Connection, source: str, *, is_exempt: bool = False) -> bool:
        """Count a new connection; return False if there is no room for it.

        Args:
            connection: The connection; it waits for a request from now on.
            source: Whom it counts for.
            is_exempt: Only the bound on all connections counts: a proxy asks for many people.
        """
        has_room = is_exempt or self._counts[source] < self._limits.per_address or self._drop_oldest(source)
        if not has_room or (len(self) >= self._limits.total and not self._drop_oldest()):
            self._report(source)
            return False
        self._sources[connection] = source
        self._counts[source] += 1
        self.wait(connection)
        return True

    def wait(self, connection: Connection) -> None:
        """Note that no request is being worked on: it may be dropped to make room."""
        source = self._sources.get(connection)
        if source is not None and connection not in self._waiting:
            self._waiting[connection] = None
            self._waiting_of.setdefault(source, {})[connection] = None

    def work(self, connection: Connection) -> None:
        """Note that a request is being worked on: it stays."""
        if connection not in self._waiting:
            return
        del self._waiting[connection]
        source = self._sources[connection]
        waiting = self._waiting_of[source]
        del waiting[connection]
        if not waiting:
            del self._waiting_of[source]

    def release(self, connection: Connection) -> None:
        """Forget a connection that ended; more than once is fine."""
        self.work(connection)
        source = self._sources.pop(connection, None)
        if source is None:
            return
        self._counts[source] -= 1
        if not self._counts[source]:
            del self._counts[source]

    def _drop_oldest(self, source: str | None = None) -> bool:
        """Drop what has waited longest, of one source or of all; return whether there was any."""
        waiting = self._waiting if source is None else self._waiting_of.get(source, {})
        oldest = next(iter(waiting), None)
        if oldest is None:
            return False
        self.release(oldest)
        oldest.drop()
        return True

    def _report(self, source: str) -> None:
        self._refused_count += 1
        if time.monotonic() - self._logged_at >= _LOG_EVERY_S:
            _log.warning("connections.refused", source=source, open_count=len(self), refused_count=self._refused_count)
            self._logged_at, self._refused_count = time.monotonic(), 0
