"""Days of usage as the charts take them."""

from collections.abc import Sequence

from ragapp.services.oversight_views import UsageDay

METRICS = ("questions", "answered", "partly", "not_found", "up", "down", "uploads")

Point = dict[str, str | int]


def points_of(days: Sequence[UsageDay]) -> list[Point]:
    """Return a point for every day: its ISO date, each metric, and the bytes held at its end."""
    return [_point(day) for day in days]


def is_busy(point: Point) -> bool:
    """Return whether anything happened on that day."""
    return any(point[metric] for metric in METRICS)


def _point(day: UsageDay) -> Point:
    counts = {metric: day.amounts.get(metric, 0) for metric in METRICS}
    return {"day": day.day.isoformat(), **counts, "bytes": day.held_bytes}
