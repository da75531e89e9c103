"""From stored bytes to searchable passages, in stages that each commit behind the task's fence.

A run that was lost is continued by the next from the first stage it cannot prove done: text and passages are stored
together, vectors batch by batch, and the document becomes readable in the one transaction that ends the task.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from ragapp.core.errors import (
    IngestionFailed,
    InvalidInput,
    InvariantBroken,
    NoTextFound,
    NotFound,
    PermissionDenied,
    RagAppError,
)
from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import DocumentStatus, TaskStatus, ensure_transition
from ragapp.core.ports import BlobStore, Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Chunk, Document
from ragapp.rag.chunking import build_chunks
from ragapp.rag.ports import Embedder, Parser
from ragapp.services.chunk_rows import build_chunk_rows, build_text_row, main_language
from ragapp.services.passage_text import passage_text
from ragapp.services.signals import WorkSignals
from ragapp.services.vector_indexes import VectorIndexes
from ragapp.services.vector_values import ensure_usable, pack_vectors, unpack_vectors
from ragapp.store.store import Store, TenantTransaction

_EMBED_AT_ONCE = 32
_ANALYSE_AT_ONCE = 64
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """One run over one version of a document."""

    scope: TenantScope
    lease: TaskLease
    document: Document
    version: int

    @property
    def id(self) -> DocumentId:
        return DocumentId(self.document.id)

    @property
    def knowledge_base_id(self) -> KnowledgeBaseId:
        return KnowledgeBaseId(self.document.knowledge_base_id)


class IngestionService:
    """Runs INGEST tasks."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        parser: Parser,
        embedder: Embedder,
        indexes: VectorIndexes,
        clock: Clock,
        signals: WorkSignals,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._parser = parser
        self._embedder = embedder
        self._indexes = indexes
        self._clock = clock
        self._signals = signals

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Bring a document from wherever the last run left it to ready, or to failed with a reason.

        Raises:
            LeaseLost: another run owns the task, or it was cancelled; nothing more was changed.
            Unavailable: something is down; the task should be given back without counting the attempt.
        """
        try:
            job = await self._begin(scope, lease)
            if job is not None:
                await self._ingest(job)
        except (IngestionFailed, InvalidInput, PermissionDenied) as error:
            await self.give_up(scope, lease, error)

    async def give_up(self, scope: TenantScope, lease: TaskLease, error: RagAppError) -> None:
        """End the task and mark its document failed, with a reason a person can act on.

        Raises:
            LeaseLost: another run owns the task.
        """
        failed: dict[str, Any] = {"error_code": error.code, "error_message": error.user_message[:500]}
        async with self._store.begin(scope) as tx:
            await tx.tasks.finish(lease, TaskStatus.FAILED, **failed)
            document = await tx.documents.find(lease.document_id) if lease.document_id else None
            if document is not None and document.deleted_at is None:
                ensure_transition(DocumentStatus(document.status), DocumentStatus.FAILED)
                status = DocumentStatus.FAILED
                await tx.documents.change(DocumentId(document.id), status=status, stage=status, **failed)
        self._signals.task_changed(lease.task_id)
        _log.warning(
            "document.failed", tenant_id=scope.tenant_id, document_id=lease.document_id, error_code=error.code
        )

    async def _begin(self, scope: TenantScope, lease: TaskLease) -> _Job | None:
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease)
            document = await tx.documents.find(lease.document_id) if lease.document_id else None
            if document is None or document.deleted_at is not None:
                await tx.tasks.finish(lease, TaskStatus.CANCELLED)
                return None
            require(scope, Permission.WRITE_DOCUMENTS)
            is_flipped = document.status == DocumentStatus.READY
            return _Job(scope, lease, document, document.version + (not is_flipped))

    async def _ingest(self, job: _Job) -> None:
        if job.document.version < job.version:
            async with self._store.read(job.scope) as tx:
                is_read = await tx.chunks.count_version(job.id, job.version) > 0
            if is_read:
                await self._advance(job, DocumentStatus.EMBEDDING, 20, "Continuing")
            else:
                await self._read(job)
            await self._embed(job)
            await self._index(job)
        await self._remove_other_versions(job)
        self._signals.task_changed(job.lease.task_id)
        _log.info("document.indexed", tenant_id=job.scope.tenant_id, document_id=job.id, version=job.version)

    async def _read(self, job: _Job) -> None:
        await self._advance(job, DocumentStatus.PARSING, 5, "Reading the file")
        try:
            path = await self._blobs.open_path(job.scope.tenant_id, job.document.blob_key)
        except NotFound as error:
            raise IngestionFailed("The stored file is missing. Upload it again.") from error
        parsed = await self._parser.parse(path, content_type=job.document.content_type)
        await self._advance(job, DocumentStatus.CHUNKING, 12, "Splitting into passages")
        chunks = await asyncio.to_thread(build_chunks, parsed)
        if not chunks:
            raise NoTextFound
        text = build_text_row(job.scope.tenant_id, job.id, job.version, parsed)
        rows: list[Chunk] = []
        for start in range(0, len(chunks), _ANALYSE_AT_ONCE):
            batch = chunks[start : start + _ANALYSE_AT_ONCE]
            rows += await asyncio.to_thread(build_chunk_rows, text, job.document.title, batch)
        async with self._store.begin(job.scope) as tx:
            await self._hold(tx, job, DocumentStatus.EMBEDDING, 20, f"Embedding {len(rows)} passages")
            await tx.documents.add_text(text)
            await tx.chunks.add_many(rows)
            language = main_language(chunks).value
            await tx.documents.change(job.id, language=language, page_count=len(parsed.pages) or None)
        self._signals.task_changed(job.lease.task_id)

    async def _embed(self, job: _Job) -> None:
        fingerprint = self._embedder.fingerprint
        async with self._store.read(job.scope) as tx:
            total = await tx.chunks.count_version(job.id, job.version)
            missing = await tx.chunks.list_without_vector(job.id, job.version, fingerprint)
        for start in range(0, len(missing), _EMBED_AT_ONCE):
            batch = missing[start : start + _EMBED_AT_ONCE]
            vectors = await self._embedder.embed_passages([passage_text(chunk.heading, chunk.text) for chunk in batch])
            ensure_usable(vectors, count=len(batch), dimension=self._embedder.dimension)
            rows = list(zip([ChunkId(chunk.id) for chunk in batch], pack_vectors(vectors), strict=True))
            done = total - len(missing) + start + len(batch)
            async with self._store.begin(job.scope) as tx:
                message = f"Embedding: {done} of {total} passages"
                await self._hold(tx, job, DocumentStatus.EMBEDDING, 20 + 70 * done // total, message)
                await tx.chunks.add_vectors(fingerprint, rows)
            self._signals.task_changed(job.lease.task_id)

    async def _index(self, job: _Job) -> None:
        async with self._store.read(job.scope) as tx:
            rows = await tx.chunks.list_version_vectors(job.id, job.version, self._embedder.fingerprint)
            if len(rows) != await tx.chunks.count_version(job.id, job.version):
                raise InvariantBroken(details={"document_id": job.id})
        ids = [chunk_id for chunk_id, _ in rows]
        vectors = unpack_vectors([vector for _, vector in rows], self._embedder.dimension)

        async def mark_indexing(tx: TenantTransaction) -> None:
            await self._hold(tx, job, DocumentStatus.INDEXING, 92, "Adding to the index")

        async def make_ready(tx: TenantTransaction) -> None:
            await self._hold(tx, job, DocumentStatus.READY, 100, "Ready")
            await tx.documents.change(
                job.id, version=job.version, chunk_count=len(ids), processed_at=self._clock.now()
            )
            await tx.knowledge_bases.bump_revision(job.knowledge_base_id)
            if not await tx.chunks.list_document_ids(job.id, except_version=job.version):
                await tx.tasks.finish(job.lease, TaskStatus.COMPLETED)

        await self._indexes.insert(
            job.scope, job.knowledge_base_id, ids, vectors, guard=mark_indexing, commit=make_ready
        )

    async def _remove_other_versions(self, job: _Job) -> None:
        """Take replaced versions out, the index first, and end the task; without any, it has ended with the flip."""
        async with self._store.read(job.scope) as tx:
            ids = await tx.chunks.list_document_ids(job.id, except_version=job.version)
            is_finished = (await tx.tasks.get(job.lease.task_id)).status == TaskStatus.COMPLETED
        if is_finished:
            return

        async def hold(tx: TenantTransaction) -> None:
            await tx.tasks.hold(job.lease)

        await self._indexes.remove(job.scope, job.knowledge_base_id, ids, guard=hold)
        async with self._store.begin(job.scope) as tx:
            await tx.tasks.finish(job.lease, TaskStatus.COMPLETED)
            await tx.chunks.remove_versions_except(job.id, job.version)
            await tx.documents.remove_texts_except(job.id, job.version)

    async def _advance(self, job: _Job, status: DocumentStatus, progress: int, message: str) -> None:
        async with self._store.begin(job.scope) as tx:
            await self._hold(tx, job, status, progress, message)
        self._signals.task_changed(job.lease.task_id)

    async def _hold(
        self, tx: TenantTransaction, job: _Job, status: DocumentStatus, progress: int, message: str
    ) -> None:
        """Check the fence, then move task and document to a stage.

        Raises:
            LeaseLost: another run owns the task, or it was cancelled.
        """
        await tx.tasks.hold(job.lease, stage=status, progress=progress, message=message)
        document = await tx.documents.get(job.id)
        ensure_transition(DocumentStatus(document.status), status)
        await tx.documents.change(job.id, status=status, stage=status, progress=progress)
