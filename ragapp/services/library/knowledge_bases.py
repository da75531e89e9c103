"""Knowledge bases: the documents that are searched together, and who may read them."""

from collections.abc import Mapping, Sequence

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import Conflict, InvalidInput
from ragapp.core.ids import KnowledgeBaseId, UserId
from ragapp.core.scope import Permission, Role, TenantScope, require
from ragapp.core.sharing import BaseAccess
from ragapp.models import KnowledgeBase
from ragapp.services.library.filenames import clean_title
from ragapp.services.retrieval.vector_indexes import VectorIndexes
from ragapp.services.tenancy.colleagues import person_view
from ragapp.services.tenancy.share_views import BaseAccessView, PersonView
from ragapp.services.views import KnowledgeBaseView
from ragapp.store.knowledge_bases import KnowledgeBaseCounts
from ragapp.store.store import Store, TenantTransaction

_MAX_NAME_CHARACTERS = 200
_MAX_DESCRIPTION_CHARACTERS = 2000
_MAX_MEMBERS = 1000
_MAX_FOUND = 100


class KnowledgeBaseService:
    """The tenant's knowledge bases; there is always a default one. What a member may not read is not there for them."""

    def __init__(self, store: Store, indexes: VectorIndexes) -> None:
        self._store = store
        self._indexes = indexes

    async def list(self, scope: TenantScope) -> tuple[KnowledgeBaseView, ...]:
        """Return the knowledge bases the caller may read: the default first, then by name."""
        require(scope, Permission.READ_DOCUMENTS)
        async with self._store.read(scope) as tx:
            rows, counts = await tx.knowledge_bases.list_all(), await tx.knowledge_bases.get_counts()
            chosen = await _chosen(tx, scope, [row.id for row in rows])
        return tuple(_view(row, counts.get(KnowledgeBaseId(row.id)), chosen.get(row.id, ())) for row in rows)

    async def get(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> KnowledgeBaseView:
        """Return one knowledge base.

        Raises:
            NotFound: absent, another tenant's, or not the caller's to read.
        """
        async with self._store.read(scope) as tx:
            await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.READ_DOCUMENTS)
        return await self._shown(scope, knowledge_base_id)

    async def _shown(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> KnowledgeBaseView:
        async with self._store.read(scope) as tx:
            row = await tx.knowledge_bases.get(knowledge_base_id)
            counts, chosen = await tx.knowledge_bases.get_counts(), await _chosen(tx, scope, [row.id])
        return _view(row, counts.get(knowledge_base_id), chosen.get(row.id, ()))

    async def create(self, scope: TenantScope, *, name: str, description: str = "") -> KnowledgeBaseView:
        """Add an empty knowledge base.

        Raises:
            PermissionDenied: no right to manage them. InvalidInput: no name. NameTaken: the name is in use.
        """
        require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
        async with self._store.begin(scope) as tx:
            row = await tx.knowledge_bases.add(name=_checked_name(name), description=_checked_description(description))
            await tx.audit.record(AuditAction.KNOWLEDGE_BASE_CREATED, _target(row))
        return _view(row, None, ())

    async def update(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        *,
        name: str | None = None,
        description: str | None = None,
        access: BaseAccess | None = None,
        role: Role | None = None,
        member_ids: tuple[UserId, ...] | None = None,
    ) -> KnowledgeBaseView:
        """Change name, description or who may read it; None leaves it. All of it is changed, or nothing.

        Raises:
            NotFound: absent, or as `set_access`. PermissionDenied: no right.
            InvalidInput: empty name, or as `set_access`. NameTaken: the name is in use.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            changes: dict[str, str] = {}
            if name is not None:
                changes["name"] = _checked_name(name)
            if description is not None:
                changes["description"] = _checked_description(description)
            if changes:
                target = AuditTarget("knowledge_base", row.id, changes.get("name", row.name))
                details = {"changed": ",".join(sorted(changes)), "from": row.name}
                await tx.knowledge_bases.change(knowledge_base_id, **changes)
                await tx.audit.record(AuditAction.KNOWLEDGE_BASE_CHANGED, target, details)
            if access is not None or role is not None or member_ids is not None:
                await _set_access(tx, row, access or BaseAccess(row.access), role, member_ids)
        return await self._shown(scope, knowledge_base_id)

    async def access(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> BaseAccessView:
        """Return who may read a knowledge base.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage them.
        """
        async with self._store.read(scope) as tx:
            row = await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            chosen = (await tx.base_members.of_bases([row.id])).get(row.id, [])
            people = await tx.people.list_known(chosen)
        members = tuple(map(person_view, people))
        return BaseAccessView(knowledge_base_id, BaseAccess(row.access), Role(row.access_role), members)

    async def set_access(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        *,
        access: BaseAccess,
        role: Role | None = None,
        member_ids: tuple[UserId, ...] | None = None,
    ) -> KnowledgeBaseView:
        """Say who may read a knowledge base from now on; owners and administrators always may.

        Args:
            scope: Who decides.
            knowledge_base_id: Which one.
            access: Everyone, from a role on, or chosen members.
            role: The weakest role that may, with `BaseAccess.ROLE`; None leaves it.
            member_ids: The chosen members, in place of those before; None leaves them.

        Raises:
            NotFound: absent, or one of the members is not of this tenant (nothing is changed then).
            PermissionDenied: no right to manage them. InvalidInput: too many members.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            await _set_access(tx, row, access, role, member_ids)
        return await self._shown(scope, knowledge_base_id)

    async def find_readers(self, scope: TenantScope, *, query: str = "", limit: int = 20) -> tuple[PersonView, ...]:
        """Return other members who can be chosen as readers, by name; `query` is looked for in names and addresses.

        Raises:
            PermissionDenied: no right to manage knowledge bases.
        """
        require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
        if not 1 <= limit <= _MAX_FOUND:
            raise InvalidInput(f"Ask for 1 to {_MAX_FOUND} people.", details={"field": "limit"})
        async with self._store.read(scope) as tx:
            people = await tx.people.find(query=query.strip()[:_MAX_NAME_CHARACTERS], limit=limit)
        return tuple(map(person_view, people))

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
                raise Conflict("The default knowledge base cannot be deleted. Rename it, or empty it.")
            if await tx.knowledge_bases.count_rows(knowledge_base_id):
                raise Conflict("Delete the documents in this knowledge base first.")
            collections = await tx.collections.list_of(knowledge_base_id)
            await tx.knowledge_bases.remove(knowledge_base_id)
            await tx.audit.record(AuditAction.KNOWLEDGE_BASE_DELETED, _target(row))
        await self._indexes.drop(scope, collections)


def _view(
    row: KnowledgeBase, counts: KnowledgeBaseCounts | None, member_ids: Sequence[UserId]
) -> KnowledgeBaseView:
    held = counts or KnowledgeBaseCounts()
    return KnowledgeBaseView(
        id=KnowledgeBaseId(row.id),
        name=row.name,
        description=row.description,
        is_default=row.is_default,
        document_count=held.document_count,
        chunk_count=held.chunk_count,
        created_at=row.created_at,
        access=BaseAccess(row.access),
        access_role=Role(row.access_role),
        member_ids=tuple(member_ids),
    )


async def _chosen(
    tx: TenantTransaction, scope: TenantScope, knowledge_base_ids: Sequence[str]
) -> Mapping[str, Sequence[UserId]]:
    if Permission.MANAGE_KNOWLEDGE_BASES not in scope.permissions:
        return {}
    return await tx.base_members.of_bases(knowledge_base_ids)


async def _set_access(
    tx: TenantTransaction,
    row: KnowledgeBase,
    access: BaseAccess,
    role: Role | None,
    member_ids: tuple[UserId, ...] | None,
) -> None:
    base_id, before = KnowledgeBaseId(row.id), row.access
    if member_ids is not None:
        if len(member_ids) > _MAX_MEMBERS:
            raise InvalidInput(f"Choose at most {_MAX_MEMBERS} members.", details={"field": "member_ids"})
        await tx.people.get_many(member_ids)
        await tx.base_members.replace(base_id, member_ids)
    wanted = role or Role(row.access_role)
    await tx.knowledge_bases.change(base_id, access=access.value, access_role=wanted.value)
    details: dict[str, str | int | float | None] = {"access": access.value, "role": wanted.value, "before": before}
    if member_ids is not None:
        details["member_count"] = len(set(member_ids))
    await tx.audit.record(AuditAction.KNOWLEDGE_BASE_ACCESS_CHANGED, _target(row), details)


def _target(row: KnowledgeBase) -> AuditTarget:
    return AuditTarget("knowledge_base", row.id, row.name)


def _checked_name(name: str) -> str:
    cleaned = clean_title(name)[:_MAX_NAME_CHARACTERS]
    if not cleaned:
        raise InvalidInput("Give the knowledge base a name.", details={"field": "name"})
    return cleaned


def _checked_description(description: str) -> str:
    return clean_title(description)[:_MAX_DESCRIPTION_CHARACTERS]
