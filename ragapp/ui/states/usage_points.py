"""Days of usage as the charts take them."""

from collections.abc import Sequence

from ragapp.core.usage import Metric
from ragapp.services.oversight_views import UsageDay

METRICS = {
    "questions": Metric.QUESTIONS,
    "answered": Metric.ANSWERED,
    "partly": Metric.PARTLY,
    "not_found": Metric.NOT_FOUND,
    "up": Metric.FEEDBACK_UP,
    "down": Metric.FEEDBACK_DOWN,
    "documents": Metric.DOCUMENTS,
}
"""What a point holds, by its name there."""

Point = dict[str, str | int]


def points_of(days: Sequence[UsageDay]) -> list[Point]:
    """Return a point for every day: its ISO date, each metric, and the bytes held at its end."""
    return [_point(day) for day in days]


def is_busy(point: Point) -> bool:
    """Return whether anything happened on that day."""
    return any(point[name] for name in METRICS)


def _point(day: UsageDay) -> Point:
    counts = {name: day.amounts.get(metric, 0) for name, metric in METRICS.items()}
    return {"day": day.day.isoformat(), **counts, "bytes": day.held_bytes}
