"""Knowledge bases: the documents that are searched together."""

from ragapp.core.errors import Conflict, InvalidInput
from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import KnowledgeBase
from ragapp.services.filenames import clean_title
from ragapp.services.vector_indexes import VectorIndexes
from ragapp.services.views import KnowledgeBaseView
from ragapp.store.knowledge_bases import KnowledgeBaseCounts
from ragapp.store.store import Store

_MAX_NAME_CHARACTERS = 200
_MAX_DESCRIPTION_CHARACTERS = 2000


class KnowledgeBaseService:
    """The tenant's knowledge bases; there is always a default one."""

    def __init__(self, store: Store, indexes: VectorIndexes) -> None:
        self._store = store
        self._indexes = indexes

    async def list(self, scope: TenantScope) -> tuple[KnowledgeBaseView, ...]:
        """Return all knowledge bases: the default first, then by name."""
        require(scope, Permission.READ_DOCUMENTS)
        async with self._store.read(scope) as tx:
            rows, counts = await tx.knowledge_bases.list_all(), await tx.knowledge_bases.get_counts()
        return tuple(_view(row, counts.get(KnowledgeBaseId(row.id))) for row in rows)

    async def get(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> KnowledgeBaseView:
        """Return one knowledge base.

        Raises:
            NotFound: absent, or another tenant's.
        """
        async with self._store.read(scope) as tx:
            row = await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.READ_DOCUMENTS)
            return _view(row, (await tx.knowledge_bases.get_counts()).get(knowledge_base_id))

    async def create(self, scope: TenantScope, *, name: str, description: str = "") -> KnowledgeBaseView:
        """Add an empty knowledge base.

        Raises:
            PermissionDenied: no right to manage them. InvalidInput: no name. NameTaken: the name is in use.
        """
        require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
        async with self._store.begin(scope) as tx:
            row = await tx.knowledge_bases.add(name=_checked_name(name), description=_checked_description(description))
        return _view(row, None)

    async def update(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        *,
        name: str | None = None,
        description: str | None = None,
    ) -> KnowledgeBaseView:
        """Change name or description; None leaves it.

        Raises:
            NotFound: absent. PermissionDenied: no right. InvalidInput: empty name. NameTaken: the name is in use.
        """
        async with self._store.begin(scope) as tx:
            await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            changes: dict[str, str] = {}
            if name is not None:
                changes["name"] = _checked_name(name)
            if description is not None:
                changes["description"] = _checked_description(description)
            if changes:
                await tx.knowledge_bases.change(knowledge_base_id, **changes)
        return await self.get(scope, knowledge_base_id)

    async def delete(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> None:
        """Remove an empty knowledge base.

        Raises:
            NotFound: absent. PermissionDenied: no right.
            Conflict: it is the default, or it holds documents (also ones whose deletion is under way).
        """
        async with self._store.begin(scope) as tx:
            row = await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            if row.is_default:
                raise Conflict("The default knowledge base cannot be deleted.")
            if await tx.knowledge_bases.count_rows(knowledge_base_id):
                raise Conflict("Delete the documents in this knowledge base first.")
            collections = await tx.collections.list_of(knowledge_base_id)
            await tx.knowledge_bases.remove(knowledge_base_id)
        await self._indexes.drop(scope, collections)


def _view(row: KnowledgeBase, counts: KnowledgeBaseCounts | None) -> KnowledgeBaseView:
    held = counts or KnowledgeBaseCounts()
    return KnowledgeBaseView(
        id=KnowledgeBaseId(row.id),
        name=row.name,
        description=row.description,
        is_default=row.is_default,
        document_count=held.document_count,
        chunk_count=held.chunk_count,
        created_at=row.created_at,
    )


def _checked_name(name: str) -> str:
    cleaned = clean_title(name)[:_MAX_NAME_CHARACTERS]
    if not cleaned:
        raise InvalidInput("Give the knowledge base a name.", details={"field": "name"})
    return cleaned


def _checked_description(description: str) -> str:
    return clean_title(description)[:_MAX_DESCRIPTION_CHARACTERS]
