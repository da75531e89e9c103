"""The tenant's audit log: read, exported, checked."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import AwareDatetime

from ragapp.api.credentials import CallerScope
from ragapp.api.exports import open_export
from ragapp.api.parameters import Cursor, Limit, Text
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.oversight import AuditEvent, Chain
from ragapp.core.audit import AuditAction
from ragapp.services.oversight.audit_log import ExportFormat
from ragapp.services.oversight.oversight_views import AuditEventView, AuditFilter, ChainView
from ragapp.services.registry import current
from ragapp.services.views import Page

router = caller_router("tenant")

Actions = Annotated[list[AuditAction], Query(max_length=50, description="Only these acts.")]
Person = Annotated[Text, Query(max_length=32, description="Only acts of the person with this id.")]
Moment = Annotated[AwareDatetime | None, Query()]
KeptCheckpoint = Annotated[Text, Query(max_length=400, description="A checkpoint noted earlier.")]


def wanted_events(
    actions: list[AuditAction], person: str, since: datetime | None, until: datetime | None
) -> AuditFilter:
    """Return the filter that a request's parameters mean."""
    return AuditFilter(tuple(action.value for action in actions), person, since, until)


def chain_answer(view: ChainView) -> Chain:
    """Return what a check found as an answer."""
    return Chain(
        event_count=view.event_count,
        broken_at=view.broken_at,
        checkpoint=view.checkpoint.as_text(),
        matches=view.matches,
    )


@router.get("/audit", response_model=ItemPage[AuditEvent])
async def list_events(
    scope: CallerScope,
    limit: Limit = 50,
    cursor: Cursor = None,
    action: Actions = [],  # noqa: B006 - read only
    person: Person = "",
    since: Moment = None,
    until: Moment = None,
) -> Page[AuditEventView]:
    """Return events, newest first."""
    wanted = wanted_events(action, person, since, until)
    return await current().audit_log.list(scope, wanted, limit=limit, cursor=cursor)


@router.get("/audit/export", response_class=Response)
async def export_events(
    scope: CallerScope,
    format: ExportFormat = ExportFormat.CSV,  # noqa: A002 - the parameter's name
    action: Actions = [],  # noqa: B006 - read only
    person: Person = "",
    since: Moment = None,
    until: Moment = None,
) -> Response:
    """Return events as a file, newest first; that somebody took it is an event too."""
    pieces = current().audit_log.export(scope, wanted_events(action, person, since, until), kind=format)
    media_type = "text/csv" if format is ExportFormat.CSV else "application/x-ndjson"
    return await open_export(pieces, f"audit.{format.value}", media_type)


@router.get("/audit/verification", response_model=Chain)
async def verify_events(scope: CallerScope, checkpoint: KeptCheckpoint = "") -> Chain:
    """Check that no event was changed, removed or put in between, and compare with a checkpoint noted earlier."""
    return chain_answer(await current().audit_log.verify(scope, checkpoint=checkpoint))
