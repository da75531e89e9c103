"""Runs over test questions, how they compare, and what readers rated bad."""

from typing import Annotated, Any

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import Cursor, KnowledgeBaseId, Limit, QualityRunId
from ragapp.api.rendering import source_answer
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.quality import BadRating, Comparison, NewRun, QualityResults, QualityRun, ReasonCounts
from ragapp.core.quality import FeedbackReason
from ragapp.services.quality.quality_views import BadRatingView, ComparisonView, QualityRunView
from ragapp.services.registry import current
from ragapp.services.views import Page

router = caller_router("quality")


@router.get("/quality/runs", response_model=ItemPage[QualityRun])
async def list_runs(
    scope: CallerScope, knowledge_base_id: KnowledgeBaseId | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[QualityRunView]:
    """Return runs, newest first."""
    return await current().quality_runs.list(scope, knowledge_base_id=knowledge_base_id, limit=limit, cursor=cursor)


@router.post("/quality/runs", status_code=202, response_model=QualityRun)
async def start_run(body: NewRun, scope: CallerScope) -> QualityRunView:
    """Have the test questions of a knowledge base asked in the background; follow it as a task."""
    return await current().quality_runs.start(scope, body.knowledge_base_id)


@router.get("/quality/runs/{quality_run_id}", response_model=QualityRun)
async def get_run(quality_run_id: QualityRunId, scope: CallerScope) -> QualityRunView:
    """Return a run."""
    return await current().quality_runs.get(scope, quality_run_id)


@router.delete("/quality/runs/{quality_run_id}", status_code=204)
async def delete_run(quality_run_id: QualityRunId, scope: CallerScope) -> None:
    """Delete a run with its results; one that is under way ends."""
    await current().quality_runs.delete(scope, quality_run_id)


@router.get("/quality/runs/{quality_run_id}/results", response_model=QualityResults)
async def list_results(
    quality_run_id: QualityRunId,
    scope: CallerScope,
    only_failed: Annotated[bool, Query(description="Leave out what was answered right.")] = False,
) -> dict[str, object]:
    """Return what became of the questions of a run, and what was found for each."""
    return {"items": await current().quality_runs.results(scope, quality_run_id, only_failed=only_failed)}


@router.get("/quality/runs/{quality_run_id}/comparison", response_model=Comparison)
async def compare_runs(
    quality_run_id: QualityRunId, baseline_id: QualityRunId, scope: CallerScope
) -> ComparisonView:
    """Compare a run with an earlier one of the same knowledge base."""
    return await current().quality_runs.compare(scope, quality_run_id, baseline_id=baseline_id)


@router.get("/quality/bad-ratings", response_model=ItemPage[BadRating])
async def list_bad_ratings(
    scope: CallerScope,
    reason: FeedbackReason | None = None,
    knowledge_base_id: KnowledgeBaseId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Return answers that were rated bad in chats the caller may read, newest first."""
    page = await current().bad_ratings.list(
        scope, reason=reason, knowledge_base_id=knowledge_base_id, limit=limit, cursor=cursor
    )
    return {"items": [_rating(view) for view in page.items], "next_cursor": page.next_cursor}


@router.get("/quality/bad-ratings/reasons", response_model=ReasonCounts)
async def count_reasons(scope: CallerScope, knowledge_base_id: KnowledgeBaseId | None = None) -> dict[str, object]:
    """Return how often each reason was given, in chats that the caller may not read too."""
    return {"items": await current().bad_ratings.counts(scope, knowledge_base_id=knowledge_base_id)}


def _rating(view: BadRatingView) -> dict[str, Any]:
    plain = {name: getattr(view, name) for name in BadRatingView.__dataclass_fields__}
    return {**plain, "sources": [source_answer(source) for source in view.sources]}
