"""From stored bytes to searchable passages, in stages that each commit behind the task's fence.

A run that was lost is continued by the next from the first stage it cannot prove done: text and passages are stored
together, vectors batch by batch, and the document becomes readable in the one transaction that ends the task.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ragapp.core.errors import (
    IngestionFailed,
    InvalidInput,
    NoTextFound,
    NotFound,
    PermissionDenied,
    RagAppError,
)
from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import DocumentStatus, TaskStatus
from ragapp.core.ports import BlobStore, Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Chunk, Document, DocumentText
from ragapp.rag.chunking import build_chunks
from ragapp.rag.ports import Embedder, Parser
from ragapp.rag.types import ParsedDocument
from ragapp.services.chunk_rows import build_chunk_rows, build_text_row, main_language
from ragapp.services.passage_text import passage_text
from ragapp.services.signals import WorkSignals
from ragapp.services.vector_indexes import VectorIndexes
from ragapp.services.vector_values import ensure_usable, pack_vectors, unpack_vectors
from ragapp.store.store import Store, TenantTransaction

_EMBED_AT_ONCE = 32
_ANALYSE_AT_ONCE = 64
_SHORT_TEXT_CHARS = 100_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """One run over one version of a document; `is_read` says that text and passages are stored."""

    scope: TenantScope
    lease: TaskLease
    document: Document
    version: int
    is_read: bool

    @property
    def id(self) -> DocumentId:
        return DocumentId(self.document.id)

    @property
    def knowledge_base_id(self) -> KnowledgeBaseId:
        return KnowledgeBaseId(self.document.knowledge_base_id)

    @property
    def is_flipped(self) -> bool:
        """Return whether a lost run made the version readable already."""
        return self.document.version == self.version


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
            if lease.document_id is not None:
                await tx.documents.advance(lease.document_id, DocumentStatus.FAILED, **failed)
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
            version = document.version + (document.status != DocumentStatus.READY)
            is_read = await tx.chunks.count_version(DocumentId(document.id), version) > 0
            job = _Job(scope, lease, document, version, is_read)
            if not job.is_flipped:
                stage = DocumentStatus.EMBEDDING if is_read else DocumentStatus.PARSING
                await self._enter(tx, job, stage, 5, "Continuing" if is_read else "Reading the file")
        self._signals.task_changed(lease.task_id)
        return job

    async def _ingest(self, job: _Job) -> None:
        is_finished = False
        if not job.is_flipped:
            if job.is_read or not await self._read(job):
                await self._embed_rest(job)
            is_finished = await self._index(job)
        if not is_finished:
            await self._remove_other_versions(job)
        self._signals.task_changed(job.lease.task_id)
        _log.info("document.indexed", tenant_id=job.scope.tenant_id, document_id=job.id, version=job.version)

    async def _read(self, job: _Job) -> bool:
        """Parse, split, and store text and passages with the first vectors; return whether those were all."""
        try:
            path = await self._blobs.open_path(job.scope.tenant_id, job.document.blob_key)
        except NotFound as error:
            raise IngestionFailed("The stored file is missing. Upload it again.") from error
        parsed = await self._parser.parse(path, content_type=job.document.content_type)
        text = build_text_row(job.scope.tenant_id, job.id, job.version, parsed)
        rows = await self._build_rows(job, parsed, text)
        first = rows[:_EMBED_AT_ONCE]
        vectors = await self._embed(first)
        async with self._store.begin(job.scope) as tx:
            language, page_count = main_language(rows), len(parsed.pages) or None
            progress, message = _progress(len(first), len(rows))
            stage = DocumentStatus.EMBEDDING
            await self._enter(tx, job, stage, progress, message, language=language, page_count=page_count)
            await tx.documents.add_text(text)
            await tx.chunks.add_many(rows)
            await tx.chunks.add_vectors(self._embedder.fingerprint, vectors)
        self._signals.task_changed(job.lease.task_id)
        return len(first) == len(rows)

    async def _build_rows(self, job: _Job, parsed: ParsedDocument, text: DocumentText) -> list[Chunk]:
        if len(parsed.text) > _SHORT_TEXT_CHARS:
            async with self._store.begin(job.scope) as tx:
                await self._enter(tx, job, DocumentStatus.CHUNKING, 12, "Splitting into passages")
            self._signals.task_changed(job.lease.task_id)
        chunks = await asyncio.to_thread(build_chunks, parsed)
        if not chunks:
            raise NoTextFound
        rows: list[Chunk] = []
        for start in range(0, len(chunks), _ANALYSE_AT_ONCE):
            batch = chunks[start : start + _ANALYSE_AT_ONCE]
            rows += await asyncio.to_thread(build_chunk_rows, text, job.document.title, batch)
        return rows

    async def _embed_rest(self, job: _Job) -> None:
        """Embed what has no vector of the embedder in use yet, committing batch by batch."""
        fingerprint = self._embedder.fingerprint
        async with self._store.read(job.scope) as tx:
            missing = await tx.chunks.list_without_vector(job.id, job.version, fingerprint)
            total = await tx.chunks.count_version(job.id, job.version) if missing else 0
        for start in range(0, len(missing), _EMBED_AT_ONCE):
            vectors = await self._embed(missing[start : start + _EMBED_AT_ONCE])
            progress, message = _progress(total - len(missing) + start + len(vectors), total)
            async with self._store.begin(job.scope) as tx:
                await self._enter(tx, job, DocumentStatus.EMBEDDING, progress, message)
                await tx.chunks.add_vectors(fingerprint, vectors)
            self._signals.task_changed(job.lease.task_id)

    async def _embed(self, chunks: Sequence[Chunk]) -> list[tuple[ChunkId, bytes]]:
        vectors = await self._embedder.embed_passages([passage_text(chunk.heading, chunk.text) for chunk in chunks])
        ensure_usable(vectors, count=len(chunks), dimension=self._embedder.dimension)
        return list(zip([ChunkId(chunk.id) for chunk in chunks], pack_vectors(vectors), strict=True))

    async def _index(self, job: _Job) -> bool:
        """Add the version to the index and make it readable; return whether that ended the task."""
        async with self._store.read(job.scope) as tx:
            rows = await tx.chunks.list_version_vectors(job.id, job.version, self._embedder.fingerprint)
        ids = [chunk_id for chunk_id, _ in rows]
        vectors = unpack_vectors([vector for _, vector in rows], self._embedder.dimension)

        async def mark_indexing(tx: TenantTransaction) -> None:
            await self._enter(tx, job, DocumentStatus.INDEXING, 92, "Adding to the index")

        async def make_ready(tx: TenantTransaction) -> None:
            readable: dict[str, Any] = {"version": job.version, "chunk_count": len(ids)}
            readable["processed_at"] = self._clock.now()
            if job.version > 1:
                await self._enter(tx, job, DocumentStatus.READY, 100, "Removing the old version", **readable)
            else:
                await tx.tasks.finish(job.lease, TaskStatus.COMPLETED, progress=100, message="Ready")
                await tx.documents.advance(job.id, DocumentStatus.READY, progress=100, **readable)
            await tx.knowledge_bases.bump_revision(job.knowledge_base_id)

        await self._indexes.insert(
            job.scope, job.knowledge_base_id, ids, vectors, guard=mark_indexing, commit=make_ready
        )
        return job.version == 1

    async def _remove_other_versions(self, job: _Job) -> None:
        """Take replaced versions out, the index first, and end the task."""
        async with self._store.read(job.scope) as tx:
            ids = await tx.chunks.list_document_ids(job.id, except_version=job.version)

        async def hold(tx: TenantTransaction) -> None:
            await tx.tasks.hold(job.lease)

        await self._indexes.remove(job.scope, job.knowledge_base_id, ids, guard=hold)
        async with self._store.begin(job.scope) as tx:
            await tx.tasks.finish(job.lease, TaskStatus.COMPLETED, progress=100, message="Ready")
            await tx.chunks.remove_versions_except(job.id, job.version)
            await tx.documents.remove_texts_except(job.id, job.version)

    async def _enter(
        self, tx: TenantTransaction, job: _Job, stage: DocumentStatus, progress: int, message: str, **values: Any
    ) -> None:
        """Check the fence, then move task and document to a stage.

        Raises:
            LeaseLost: another run owns the task, or it was cancelled.
        """
        await tx.tasks.hold(job.lease, stage=stage, progress=progress, message=message)
        await tx.documents.advance(job.id, stage, progress=progress, **values)


def _progress(done: int, total: int) -> tuple[int, str]:
    return 20 + 70 * done // total, f"Embedding: {done} of {total} passages"
