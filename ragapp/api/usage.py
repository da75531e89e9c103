"""What the tenant used, day by day and person by person."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Query, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.exports import open_export
from ragapp.api.routes import caller_router
from ragapp.api.schemas.oversight import TopPeople, Usage
from ragapp.core.usage import Metric
from ragapp.services.oversight.oversight_views import UsageView, UserUsage
from ragapp.services.registry import current

router = caller_router("tenant")

Day = Annotated[date | None, Query(description="A day (UTC); by default the last thirty days.")]
_SPAN = timedelta(days=29)


def span(since: date | None, until: date | None) -> tuple[date, date]:
    """Return the days that are meant: where they are not said, the last thirty."""
    last = until or datetime.now(UTC).date()
    return since or max(last, date.min + _SPAN) - _SPAN, last


@router.get("/usage", response_model=Usage)
async def get_usage(scope: CallerScope, since: Day = None, until: Day = None) -> UsageView:
    """Return every day with its amounts, and sums."""
    first, last = span(since, until)
    return await current().usage.daily(scope, since=first, until=last)


@router.get("/usage/people", response_model=TopPeople)
async def get_top_people(
    scope: CallerScope,
    metric: Metric = Metric.QUESTIONS,
    since: Day = None,
    until: Day = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> dict[str, tuple[UserUsage, ...]]:
    """Return who used most of one metric."""
    first, last = span(since, until)
    top = await current().usage.top_users(scope, metric=metric, since=first, until=last, limit=limit)
    return {"items": top}


@router.get("/usage/export", response_class=Response)
async def export_usage(scope: CallerScope, since: Day = None, until: Day = None) -> Response:
    """Return the counters as a CSV file."""
    first, last = span(since, until)
    return await open_export(current().usage.export(scope, since=first, until=last), "usage.csv", "text/csv")
