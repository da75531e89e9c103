"""Versions of a document: replace its content, see what there was."""

from contextlib import aclosing
from typing import Any

from fastapi import Request, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.multipart import open_upload
from ragapp.api.parameters import DocumentId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.documents import Accepted, DocumentVersions
from ragapp.api.uploads import DUPLICATE, refuse_oversize, render_accepted
from ragapp.services.registry import current

router = caller_router("documents")

_FORM_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "additionalProperties": False,
                }
            }
        },
    }
}


@router.put(
    "/documents/{document_id}/content",
    status_code=202,
    response_model=Accepted,
    responses=DUPLICATE,
    openapi_extra=_FORM_SCHEMA,
)
async def replace_content(document_id: DocumentId, request: Request, scope: CallerScope) -> Response:
    """Give a document new content. Readers keep the present version until the new one is ready."""
    refuse_oversize(request)
    # An address that leads nowhere is said before the bytes are sent for nothing.
    await current().documents.get(scope, document_id)
    form = await open_upload(request)
    async with aclosing(form.chunks):
        result = await current().versions.replace(
            scope, document_id, form.chunks, filename=form.filename, declared_type=form.content_type
        )
    return render_accepted(result)


@router.get("/documents/{document_id}/versions", response_model=DocumentVersions)
async def list_versions(document_id: DocumentId, scope: CallerScope) -> DocumentVersions:
    """Return all versions of a document, newest first."""
    found = await current().versions.list(scope, document_id)
    return DocumentVersions.model_validate({"items": found}, from_attributes=True)
