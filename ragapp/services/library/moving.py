"""Moving documents between knowledge bases. Readers find a document in one of the two, whole, at every moment."""

from collections.abc import Sequence

import structlog

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, InvalidTransition, NotFound, RagAppError
from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Document
from ragapp.rag.ports import Vectors
from ragapp.services.library.document_views import load_views
from ragapp.services.retrieval.vector_indexes import Effect, VectorIndexes
from ragapp.services.retrieval.vector_values import unpack_vectors
from ragapp.services.views import DocumentView
from ragapp.store.store import Store, TenantTransaction

MAX_AT_ONCE = 200
_AT_REST = (DocumentStatus.READY, DocumentStatus.FAILED)
_STILL_READ = "The document is still being read. Move it when it is ready."
_log = structlog.get_logger(__name__)


class MovingService:
    """Puts documents into another knowledge base of the tenant."""

    def __init__(self, store: Store, indexes: VectorIndexes) -> None:
        self._store = store
        self._indexes = indexes

    async def move(
        self, scope: TenantScope, document_id: DocumentId, knowledge_base_id: KnowledgeBaseId
    ) -> DocumentView:
        """Move one document; where it is already there nothing changes.

        Raises:
            NotFound: no such document or knowledge base. PermissionDenied: no right to change documents.
            InvalidTransition: it is still being read. DuplicateDocument: its bytes are there already.
        """
        async with self._store.read(scope) as tx:
            document = await tx.documents.get(document_id)
            await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            ids, vectors = await self._read_vectors(tx, document)
        if document.knowledge_base_id != knowledge_base_id:
            _ensure_at_rest(document)
            await self._carry_over(scope, document, knowledge_base_id, ids, vectors)
        async with self._store.read(scope) as tx:
            return (await load_views(tx, [await tx.documents.get(document_id)]))[0]

    async def move_many(
        self, scope: TenantScope, document_ids: Sequence[DocumentId], knowledge_base_id: KnowledgeBaseId
    ) -> tuple[DocumentId, ...]:
        """Move documents one after the other; return those that could not be moved.

        Raises:
            InvalidInput: more than 200. NotFound: no such knowledge base, or one of the documents is not there.
            PermissionDenied: no right to change documents.
        """
        if len(document_ids) > MAX_AT_ONCE:
            raise InvalidInput(f"Move at most {MAX_AT_ONCE} documents at once.", details={"field": "document_ids"})
        async with self._store.read(scope) as tx:
            await tx.knowledge_bases.get(knowledge_base_id)
            if len(await tx.documents.list_by_ids(document_ids)) != len(set(document_ids)):
                raise NotFound
        require(scope, Permission.WRITE_DOCUMENTS)
        stayed = []
        for document_id in document_ids:
            try:
                await self.move(scope, document_id, knowledge_base_id)
            except RagAppError:
                stayed.append(document_id)
        return tuple(stayed)

    async def _read_vectors(self, tx: TenantTransaction, document: Document) -> tuple[list[ChunkId], list[bytes]]:
        rows = await tx.chunks.list_version_vectors(
            DocumentId(document.id), document.version, self._indexes.fingerprint
        )
        return [chunk_id for chunk_id, _ in rows], [vector for _, vector in rows]

    async def _carry_over(
        self, scope: TenantScope, document: Document, to: KnowledgeBaseId, ids: list[ChunkId], packed: list[bytes]
    ) -> None:
        """Add to the index of the new home, change homes, then take out of the index of the old one.

        Text is read from SQL, so a vector that is in an index too early or too long never shows a document twice.
        """
        home = KnowledgeBaseId(document.knowledge_base_id)

        async def change_homes(tx: TenantTransaction) -> None:
            await tx.documents.move(DocumentId(document.id), home, to, version=document.version)
            details = {"from": await _name_of(tx, home), "to": await _name_of(tx, to)}
            await tx.audit.record(
                AuditAction.DOCUMENT_MOVED, AuditTarget("document", document.id, document.title), details
            )
            await tx.knowledge_bases.bump_revision(home)
            await tx.knowledge_bases.bump_revision(to)
            # Should this process die before the old index is cleared, the mark has it compared and rebuilt.
            old = await tx.collections.find_serving(home, self._indexes.fingerprint)
            if ids and old is not None:
                await tx.collections.mark(old, dirty=True)

        if not ids:
            async with self._store.begin(scope) as tx:
                await change_homes(tx)
        else:
            await self._insert(scope, to, ids, unpack_vectors(packed, len(packed[0]) // 4), change_homes)
            await self._indexes.remove(scope, home, ids, guard=_nothing)
        _log.info("document.moved", tenant_id=scope.tenant_id, document_id=document.id, chunk_count=len(ids))

    async def _insert(
        self, scope: TenantScope, to: KnowledgeBaseId, ids: list[ChunkId], vectors: Vectors, change_homes: Effect
    ) -> None:
        try:
            await self._indexes.insert(scope, to, ids, vectors, guard=_nothing, commit=change_homes)
        except RagAppError:
            # It was deleted, replaced or moved meanwhile: what was added in vain goes again.
            await self._indexes.remove(scope, to, ids, guard=_nothing)
            raise


def _ensure_at_rest(document: Document) -> None:
    if document.status not in _AT_REST:
        raise InvalidTransition(_STILL_READ, details={"from": document.status})


async def _name_of(tx: TenantTransaction, base: KnowledgeBaseId) -> str:
    return (await tx.knowledge_bases.get(base)).name


async def _nothing(_tx: TenantTransaction) -> None:
    """Check nothing more."""
