"""Folders and tags: what there is, and several documents put in order at once."""

from typing import Annotated

from fastapi import Query

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import KnowledgeBaseId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.filing import DocumentTag, Filing, Folder, FolderRenamed, FolderRenaming
from ragapp.services.library.filing_views import FolderView, TagView
from ragapp.services.registry import current
from ragapp.services.views import Page

router = caller_router("documents")

InBase = Annotated[KnowledgeBaseId | None, Query(description="Only of this knowledge base.")]


@router.get("/folders", response_model=ItemPage[Folder])
async def list_folders(scope: CallerScope, knowledge_base_id: InBase = None) -> Page[FolderView]:
    """Return every folder, in one page."""
    return Page(await current().filing.list_folders(scope, knowledge_base_id))


@router.patch("/folders", response_model=FolderRenamed)
async def rename_folder(body: FolderRenaming, scope: CallerScope) -> FolderRenamed:
    """Give a folder another path, with all in it; where that is a folder already, the two become one."""
    rename = current().filing.rename_folder
    return FolderRenamed(document_count=await rename(scope, body.knowledge_base_id, folder=body.folder, to=body.to))


@router.get("/tags", response_model=ItemPage[DocumentTag])
async def list_tags(scope: CallerScope, knowledge_base_id: InBase = None) -> Page[TagView]:
    """Return every tag in use, in one page."""
    return Page(await current().filing.list_tags(scope, knowledge_base_id))


@router.post("/documents/filing", status_code=204)
async def file_documents(body: Filing, scope: CallerScope) -> None:
    """Put documents into a folder, and add or take tags: of all of them, or of none."""
    await current().filing.file_many(
        scope, body.document_ids, folder=body.folder, add_tags=body.add_tags, remove_tags=body.remove_tags
    )
