"""Questions the documents do not answer, told to the administrators."""

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import Cursor, Limit, ReportId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.oversight import MissingReport, NewMissingReport
from ragapp.api.schemas.quality import TestQuestion
from ragapp.services.chat.report_views import MissingReportView
from ragapp.services.quality.quality_views import QualityQuestionView
from ragapp.services.registry import current
from ragapp.services.views import Page

router = caller_router("missing-reports")


@router.post("/missing-reports", status_code=204)
async def report_missing(body: NewMissingReport, scope: CallerScope) -> None:
    """Tell the administrators that a question of one's own has no answer in the documents."""
    await current().missing_reports.report(scope, body.message_id)


@router.get("/missing-reports", response_model=ItemPage[MissingReport])
async def list_reports(
    scope: CallerScope, limit: Limit = 50, cursor: Cursor = None, all: bool = False  # noqa: A002 - the name
) -> Page[MissingReportView]:
    """Return open reports, newest first; with `all` the resolved ones too."""
    return await current().missing_reports.list(scope, only_open=not all, limit=limit, cursor=cursor)


@router.post("/missing-reports/{report_id}/take-over", status_code=201, response_model=TestQuestion)
async def take_over_report(report_id: ReportId, scope: CallerScope) -> QualityQuestionView:
    """Make a test question of a reported one; it is `open` until somebody says what is right."""
    return await current().quality_questions.take_over_report(scope, report_id)


@router.post("/missing-reports/{report_id}/resolve", response_model=MissingReport)
async def resolve_report(report_id: ReportId, scope: CallerScope) -> MissingReportView:
    """Take a report off the list of open ones."""
    return await current().missing_reports.resolve(scope, report_id)
