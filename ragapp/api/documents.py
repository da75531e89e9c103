"""Documents: list, look, change, retry, delete."""

from typing import Annotated

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import Cursor, DocumentId, KnowledgeBaseId, Limit, SearchText, Text
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.documents import Accepted, Document, DocumentChange, FolderPath
from ragapp.core.lifecycle import DocumentStatus
from ragapp.services.registry import current
from ragapp.services.views import DocumentView, Page

router = caller_router("documents")

Status = Annotated[DocumentStatus | None, Query(description="Only documents in this state.")]


@router.get("/documents", response_model=ItemPage[Document])
async def list_documents(
    scope: CallerScope,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: Status = None,
    knowledge_base_id: Annotated[KnowledgeBaseId | None, Query()] = None,
    folder: Annotated[FolderPath, Query(description="Only what lies in this folder or in those in it.")] = "",
    tag: Annotated[Text, Query(max_length=50, description="Only documents with this tag.")] = "",
    q: SearchText = "",
) -> Page[DocumentView]:
    """Return documents, newest first; `q` searches titles and file names."""
    return await current().documents.list(
        scope,
        limit=limit,
        cursor=cursor,
        status=status,
        knowledge_base_id=knowledge_base_id,
        folder=folder,
        tag=tag,
        query=q,
    )


@router.get("/documents/{document_id}", response_model=Document)
async def get_document(document_id: DocumentId, scope: CallerScope) -> DocumentView:
    """Return a document and how far it has come."""
    return await current().documents.get(scope, document_id)


@router.patch("/documents/{document_id}", response_model=Document)
async def change_document(document_id: DocumentId, body: DocumentChange, scope: CallerScope) -> DocumentView:
    """Give a document another title, tags or folder, or move it to another knowledge base."""
    services, changed = current(), None
    if body.knowledge_base_id is not None:
        changed = await services.moving.move(scope, document_id, body.knowledge_base_id)
    if body.folder is not None or body.tags is not None:
        changed = await services.filing.file(scope, document_id, folder=body.folder, tags=body.tags)
    if body.title is not None or changed is None:
        changed = await services.documents.rename(scope, document_id, body.title or "")
    return changed


@router.delete("/documents/{document_id}", status_code=204)
async def delete_document(document_id: DocumentId, scope: CallerScope) -> None:
    """Delete a document and, in the background, its passages and bytes."""
    await current().documents.delete(scope, document_id)


@router.post("/documents/{document_id}/retry", status_code=202, response_model=Accepted)
async def retry_document(document_id: DocumentId, scope: CallerScope) -> Accepted:
    """Process a failed document again."""
    task_id = await current().documents.retry(scope, document_id)
    document = await current().documents.get(scope, document_id)
    return Accepted(document_id=document_id, task_id=task_id, status=document.status)
