"""Time that moves only when a test moves it."""

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Implements `core.ports.Clock`; starts at `start` and stands still until `advance`."""

    def __init__(self, start: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, *, seconds: float = 0, **units: float) -> datetime:
        """Move time forward by a `timedelta` given in parts and return the new time."""
        self._now += timedelta(seconds=seconds, **units)
        return self._now

    def set(self, moment: datetime) -> None:
        self._now = moment
