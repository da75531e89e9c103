"""Knowledge bases: collections of documents that are searched as a whole."""

from functools import partial

from ragapp.api.credentials import CallerScope
from ragapp.api.idempotency import create_once
from ragapp.api.parameters import IdempotencyKey, KnowledgeBaseId
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.knowledge_bases import KnowledgeBase, KnowledgeBaseChange, NewKnowledgeBase
from ragapp.services.registry import current
from ragapp.services.views import KnowledgeBaseView, Page

router = caller_router("knowledge bases")


@router.get("/knowledge-bases", response_model=ItemPage[KnowledgeBase])
async def list_knowledge_bases(scope: CallerScope) -> Page[KnowledgeBaseView]:
    """Return every knowledge base the caller may read, in one page."""
    return Page(await current().knowledge_bases.list(scope))


@router.post("/knowledge-bases", status_code=201, response_model=KnowledgeBase)
async def create_knowledge_base(
    body: NewKnowledgeBase, scope: CallerScope, key: IdempotencyKey = None
) -> object:
    """Create a knowledge base."""
    create = partial(current().knowledge_bases.create, scope, name=body.name, description=body.description)
    return await create_once(scope, key, body, KnowledgeBase, create)


@router.get("/knowledge-bases/{knowledge_base_id}", response_model=KnowledgeBase)
async def get_knowledge_base(knowledge_base_id: KnowledgeBaseId, scope: CallerScope) -> KnowledgeBaseView:
    """Return a knowledge base."""
    return await current().knowledge_bases.get(scope, knowledge_base_id)


@router.patch("/knowledge-bases/{knowledge_base_id}", response_model=KnowledgeBase)
async def change_knowledge_base(
    knowledge_base_id: KnowledgeBaseId, body: KnowledgeBaseChange, scope: CallerScope
) -> KnowledgeBaseView:
    """Change the name, the description or who may read it: all of it, or nothing."""
    return await current().knowledge_bases.update(
        scope,
        knowledge_base_id,
        name=body.name,
        description=body.description,
        access=body.access,
        role=body.access_role,
        member_ids=None if body.member_ids is None else tuple(body.member_ids),
    )


@router.delete("/knowledge-bases/{knowledge_base_id}", status_code=204)
async def delete_knowledge_base(knowledge_base_id: KnowledgeBaseId, scope: CallerScope) -> None:
    """Delete an empty knowledge base; the default one stays."""
    await current().knowledge_bases.delete(scope, knowledge_base_id)
