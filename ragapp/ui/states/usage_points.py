"""Usage as pages show it: the numbers of a day or of a span, in the units people read."""

from collections.abc import Mapping, Sequence

from ragapp.core.usage import Metric
from ragapp.services.oversight.oversight_views import UsageDay

METRICS: Mapping[str, tuple[Metric, ...]] = {
    "questions": (Metric.QUESTIONS,),
    "answered": (Metric.ANSWERED,),
    "partly": (Metric.PARTLY,),
    "not_found": (Metric.NOT_FOUND,),
    "up": (Metric.FEEDBACK_UP,),
    "down": (Metric.FEEDBACK_DOWN,),
    "searches": (Metric.SEARCHES,),
    "tokens": (Metric.TOKENS_IN, Metric.TOKENS_OUT),
    "documents": (Metric.DOCUMENTS,),
}
"""What is added up under which name."""

Point = dict[str, str | int]


def amounts_of(amounts: Mapping[str, int]) -> dict[str, int]:
    """Return the numbers of `METRICS` and, in `seconds`, how long documents were processed."""
    counts = {name: sum(amounts.get(metric, 0) for metric in metrics) for name, metrics in METRICS.items()}
    return {**counts, "seconds": round(amounts.get(Metric.PROCESSING_MS, 0) / 1000)}


def points_of(days: Sequence[UsageDay]) -> list[Point]:
    """Return a point for every day: its ISO date, its amounts, and the bytes held at its end."""
    return [{"day": day.day.isoformat(), **amounts_of(day.amounts), "bytes": day.held_bytes} for day in days]


def is_busy(point: Point) -> bool:
    """Return whether anything happened on that day."""
    return any(point[name] for name in METRICS)
