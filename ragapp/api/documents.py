"""Documents: list, look, rename, retry, delete."""

from typing import Annotated

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import Cursor, DocumentId, KnowledgeBaseId, Limit, SearchText
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.documents import Accepted, Document, DocumentChange
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
    q: SearchText = "",
) -> Page[DocumentView]:
    """Return documents, newest first; `q` searches titles and file names."""
    find = current().documents.list
    return await find(
        scope, limit=limit, cursor=cursor, status=status, knowledge_base_id=knowledge_base_id, query=q
    )


@router.get("/documents/{document_id}", response_model=Document)
async def get_document(document_id: DocumentId, scope: CallerScope) -> DocumentView:
    """Return a document and how far it has come."""
    return await current().documents.get(scope, document_id)


@router.patch("/documents/{document_id}", response_model=Document)
async def rename_document(document_id: DocumentId, body: DocumentChange, scope: CallerScope) -> DocumentView:
    """Give a document another title, or move it to another knowledge base."""
    if body.knowledge_base_id is not None:
        moved = await current().moving.move(scope, document_id, body.knowledge_base_id)
        if body.title is None:
            return moved
    return await current().documents.rename(scope, document_id, body.title or "")


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
