"""Documents from the web: import an address, keep sources that are looked at again."""

from functools import partial

from ragapp.api.credentials import CallerScope
from ragapp.api.idempotency import create_once
from ragapp.api.parameters import Cursor, IdempotencyKey, Limit, SourceId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.documents import Accepted
from ragapp.api.schemas.sources import ImportRequest, LivingSource, NewSource, SourceChange, SourceTask
from ragapp.services.library.source_views import SourceKind, SourceView
from ragapp.services.registry import current
from ragapp.services.views import Page

router = caller_router("sources")


@router.post("/documents/import", status_code=202, response_model=Accepted)
async def import_document(body: ImportRequest, scope: CallerScope) -> Accepted:
    """Read a web address in the background. One that was imported before is looked at again for its document."""
    result = await current().imports.add(scope, url=body.url, knowledge_base_id=body.knowledge_base_id)
    document = result.document
    return Accepted(
        document_id=document.id, task_id=result.task_id, status=document.status, duplicate=result.duplicate
    )


@router.post("/sources", status_code=201, response_model=LivingSource)
async def create_source(body: NewSource, scope: CallerScope, key: IdempotencyKey = None) -> object:
    """Add a web address or a sitemap that is looked at now and regularly."""
    create = partial(
        current().sources.create,
        scope,
        kind=SourceKind(body.kind),
        location=body.location,
        knowledge_base_id=body.knowledge_base_id,
        every_s=body.every_s,
        max_pages=body.max_pages,
    )
    return await create_once(scope, key, body, LivingSource, create)


@router.get("/sources", response_model=ItemPage[LivingSource])
async def list_sources(scope: CallerScope, limit: Limit = 50, cursor: Cursor = None) -> Page[SourceView]:
    """Return sources, newest first."""
    return await current().sources.list(scope, limit=limit, cursor=cursor)


@router.get("/sources/{source_id}", response_model=LivingSource)
async def get_source(source_id: SourceId, scope: CallerScope) -> SourceView:
    """Return a source."""
    return await current().sources.get(scope, source_id)


@router.patch("/sources/{source_id}", response_model=LivingSource)
async def update_source(source_id: SourceId, body: SourceChange, scope: CallerScope) -> SourceView:
    """Change how often a source is looked at, or pause it."""
    return await current().sources.update(
        scope, source_id, every_s=body.every_s, max_pages=body.max_pages, is_paused=body.is_paused
    )


@router.delete("/sources/{source_id}", status_code=204)
async def delete_source(source_id: SourceId, scope: CallerScope) -> None:
    """Look at a source no more. Its documents stay."""
    await current().sources.delete(scope, source_id)


@router.post("/sources/{source_id}/check", status_code=202, response_model=SourceTask)
async def check_source(source_id: SourceId, scope: CallerScope) -> SourceTask:
    """Look at a source now."""
    return SourceTask(source_id=source_id, task_id=await current().sources.check_now(scope, source_id))
