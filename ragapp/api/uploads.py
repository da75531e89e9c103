"""New documents: a streamed multipart body becomes a queued document."""

from contextlib import aclosing
from typing import Any

from fastapi import Request, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.multipart import MAX_FIELD_CHARACTERS, UploadForm, open_upload
from ragapp.api.parameters import IdempotencyKey, ensure_possible_id
from ragapp.api.rendering import render_json
from ragapp.api.routes import counted_router, declared_length
from ragapp.api.schemas.documents import Accepted
from ragapp.core import ids
from ragapp.core.errors import FileTooLarge
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import Operation
from ragapp.services.views import UploadResult

router = counted_router("documents", Operation.UPLOAD)

_FORM_OVERHEAD_BYTES = 64 * 1024
_FORM_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "knowledge_base_id": {"type": "string", "description": "Must come before the file."},
                        "title": {"type": "string", "maxLength": MAX_FIELD_CHARACTERS},
                        "file": {"type": "string", "format": "binary"},
                    },
                    "additionalProperties": False,
                }
            }
        },
    }
}
DUPLICATE: dict[int | str, dict[str, Any]] = {200: {"model": Accepted, "description": "The bytes were there already."}}


@router.post("/documents", status_code=202, response_model=Accepted, responses=DUPLICATE, openapi_extra=_FORM_SCHEMA)
@router.post("/documents/upload", status_code=202, response_model=Accepted, include_in_schema=False)
async def upload_document(request: Request, scope: CallerScope, idempotency_key: IdempotencyKey = None) -> Response:
    """Add a document. Its bytes are stored as they arrive; reading and indexing go on in the background."""
    refuse_oversize(request)
    form = await open_upload(request)
    async with aclosing(form.chunks):
        result = await _store(scope, form, idempotency_key)
    return render_accepted(result)


def render_accepted(result: UploadResult) -> Response:
    """Return 202 for bytes that will be read, 200 for bytes that were there already."""
    answer = Accepted(
        document_id=result.document.id,
        task_id=result.task_id,
        status=result.document.status,
        duplicate=result.duplicate,
    )
    return render_json(answer.model_dump(), 200 if result.duplicate else 202)


def refuse_oversize(request: Request) -> None:
    """Refuse a body that says itself that it is too large, before any of it is read.

    Raises:
        FileTooLarge: the declared length is over the limit.
    """
    most = current().bounds.max_upload_bytes
    if declared_length(request.headers) > most + _FORM_OVERHEAD_BYTES:
        raise FileTooLarge(details={"max_bytes": most})


async def _store(scope: TenantScope, form: UploadForm, idempotency_key: str | None) -> UploadResult:
    title = form.fields.get("title")
    result = await current().documents.upload(
        scope,
        form.chunks,
        filename=form.filename,
        declared_type=form.content_type,
        knowledge_base_id=_knowledge_base_id(form),
        title=title or None,
        idempotency_key=idempotency_key,
    )
    late_title = form.fields.get("title")
    if not late_title or late_title == title or result.duplicate:
        return result
    await current().documents.rename(scope, result.document.id, late_title)
    return result


def _knowledge_base_id(form: UploadForm) -> ids.KnowledgeBaseId | None:
    value = form.fields.get("knowledge_base_id")
    return ids.KnowledgeBaseId(ensure_possible_id(value)) if value else None
