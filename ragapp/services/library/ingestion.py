"""From stored bytes to searchable passages, in stages that each commit behind the task's fence.

A run that was lost is continued by the next from the first stage it cannot prove done: text and passages are stored
together, vectors batch by batch, and the document becomes readable in the one transaction that ends the task.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from ragapp.core.document_notes import collect_notes
from ragapp.core.errors import (
    IngestionFailed,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RagAppError,
    TooManyPassages,
)
from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import DocumentStatus, TaskStatus
from ragapp.core.ports import BlobStore, Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Chunk, Document, DocumentText, DocumentVersion
from ragapp.rag.ports import Parser
from ragapp.rag.types import ParsedDocument
from ragapp.services.library.attachments import Attachments
from ragapp.services.library.filenames import clean_title
from ragapp.services.library.splitting import SHORT_TEXT_CHARACTERS, PassageSplitter
from ragapp.services.retrieval.chunk_rows import build_text_row, main_language
from ragapp.services.retrieval.passage_vectors import PassageVectors
from ragapp.services.retrieval.vector_indexes import VectorIndexes
from ragapp.services.retrieval.vector_values import unpack_vectors
from ragapp.services.retrieval.vector_words import VectorWords, words_of_vectors
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.holdings import forget_unread_versions
from ragapp.store.chunks import NewVector
from ragapp.store.store import Store, TenantTransaction

_STORE_AT_ONCE = 500
_WEB_PAGE = "text/html"
_SHOWN_OF_VERSION = (
    *("version", "filename", "content_type", "size_bytes", "blob_key", "page_count", "language", "notes"),
)
_BYTES_MISSING = "The stored file is missing. Upload it again."
_TOO_MANY = "This file makes {count} passages to be understood, {limit} are allowed. Split it and upload the parts."
_Vectors = list[tuple[ChunkId, bytes]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Embedded:
    """What is stored of a version: its vectors, and how many passages share them."""

    vectors: _Vectors
    chunk_count: int


@dataclass(frozen=True, slots=True)
class _Job:
    """One run over one version of a document; `is_read` says that text and passages are stored."""

    scope: TenantScope
    lease: TaskLease
    document: Document
    file: DocumentVersion
    is_read: bool
    started: float = 0.0

    @property
    def id(self) -> DocumentId:
        return DocumentId(self.document.id)

    @property
    def knowledge_base_id(self) -> KnowledgeBaseId:
        return KnowledgeBaseId(self.document.knowledge_base_id)

    @property
    def version(self) -> int:
        return self.file.version

    @property
    def is_first(self) -> bool:
        """Return whether nothing of the document is readable yet."""
        return self.document.version == 0

    @property
    def is_flipped(self) -> bool:
        """Return whether a lost run made the version readable already."""
        return self.document.version == self.version


class IngestionService:
    """Runs INGEST tasks.

    Args:
        max_passages: Passages of one file that are embedded; rows of big tables count by group.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        parser: Parser,
        passages: PassageVectors,
        indexes: VectorIndexes,
        attachments: Attachments,
        clock: Clock,
        signals: WorkSignals,
        *,
        max_passages: int = 50_000,
    ) -> None:
        self._max_passages = max_passages
        self._splitter = PassageSplitter(store.precedence)
        self._store = store
        self._blobs = blobs
        self._parser = parser
        self._passages = passages
        self._indexes = indexes
        self._attachments = attachments
        self._clock = clock
        self._signals = signals

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Bring a document from wherever the last run left it to ready, or to failed with a reason.

        Raises:
            LeaseLost: another run owns the task, or it was cancelled; nothing more was changed.
            Unavailable: something is down; the task should be given back without counting the attempt.
        """
        try:
            started = time.perf_counter()
            job = await self._begin(scope, lease)
            if job is not None:
                await self._ingest(replace(job, started=started))
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
            document = await tx.documents.find(lease.document_id) if lease.document_id else None
            if document is None or document.deleted_at is not None:
                await tx.tasks.finish(lease, TaskStatus.CANCELLED)
                return None
            require(scope, Permission.WRITE_DOCUMENTS)
            file = await tx.versions.find_latest(DocumentId(document.id))
            if file is None:
                raise IngestionFailed(_BYTES_MISSING)
            is_read = await _is_read(tx, DocumentId(document.id), file.version)
            job = _Job(scope, lease, document, file, is_read)
            if not job.is_flipped:
                stage = DocumentStatus.EMBEDDING if is_read else DocumentStatus.PARSING
                await self._enter(tx, job, stage, 5, "Continuing" if is_read else "Reading the file")
        self._signals.task_changed(lease.task_id)
        return job

    async def _ingest(self, job: _Job) -> None:
        is_finished = False
        if not job.is_flipped:
            embedded = await (self._continue(job) if job.is_read else self._read(job))
            is_finished = await self._index(job, embedded)
        if not is_finished:
            await self._remove_other_versions(job)
        self._signals.task_changed(job.lease.task_id)
        _log.info("document.indexed", tenant_id=job.scope.tenant_id, document_id=job.id, version=job.version)

    async def _read(self, job: _Job) -> _Embedded:
        """Parse, split, and store text and passages with the first vectors, then the others."""
        try:
            path = await self._blobs.open_path(job.scope.tenant_id, job.file.blob_key)
        except NotFound as error:
            raise IngestionFailed(_BYTES_MISSING) from error
        tell = partial(self._report_recognition, job)
        parsed = await self._parser.parse(path, content_type=job.file.content_type, progress=tell)
        taken_out = await self._attachments.take_out(
            job.scope, job.document, path, content_type=job.file.content_type, count=parsed.attachment_count
        )
        text = build_text_row(job.scope.tenant_id, job.id, job.version, parsed)
        title = await self._title_of(job, parsed)
        rows = await self._build_rows(job, parsed, text, title)
        found: dict[str, Any] = {
            "language": main_language(rows),
            "page_count": len(parsed.pages) or None,
            "notes": [[note.code, note.count] for note in collect_notes([*parsed.notes, *taken_out])],
        }
        wanted = self._check_size(words_of_vectors(rows, {job.id: title}))
        known, fresh = await self._passages.take_known(job.scope, wanted)
        async with aclosing(self._passages.embed_in_batches(job.scope, fresh)) as batches:
            first = known + await anext(batches, [])
            last = await self._store_all_but_last(job, rows)
            async with self._store.begin(job.scope) as tx:
                progress, message = _progress(len(first), len(wanted))
                shown = found if job.is_first else {}
                await self._enter(tx, job, DocumentStatus.EMBEDDING, progress, message, title=title, **shown)
                await tx.versions.change(job.id, job.version, **found)
                await tx.documents.add_text(text)
                await tx.chunks.add_many(last)
                await tx.chunks.add_vectors(self._passages.fingerprint, first)
            self._signals.task_changed(job.lease.task_id)
            others = await self._store_vectors(job, batches, done=len(first), total=len(wanted))
        return _Embedded(_of_chunks(first) + others, len(rows))

    def _check_size(self, wanted: list[VectorWords]) -> list[VectorWords]:
        """Return what is to be embedded, if it is not beyond the limit.

        Raises:
            TooManyPassages: it is.
        """
        if len(wanted) > self._max_passages:
            details = {"count": len(wanted), "limit": self._max_passages}
            raise TooManyPassages(_TOO_MANY.format(**details), details=details)
        return wanted

    async def _store_all_but_last(self, job: _Job, rows: list[Chunk]) -> list[Chunk]:
        """Commit passages in pieces, so that nobody waits long for the writer; return those left for the last piece.

        Until the text is stored with the last piece, a run that takes over begins again.
        """
        while len(rows) > _STORE_AT_ONCE:
            piece, rows = rows[:_STORE_AT_ONCE], rows[_STORE_AT_ONCE:]
            async with self._store.begin(job.scope) as tx:
                await tx.tasks.hold(job.lease)
                await tx.chunks.add_many(piece)
        return rows

    async def _title_of(self, job: _Job, parsed: ParsedDocument) -> str:
        """Return what the document is called: a page from the web is called as it calls itself, until renamed."""
        own = clean_title(parsed.title) if job.file.content_type == _WEB_PAGE else ""
        if not own:
            return job.document.title
        async with self._store.read(job.scope) as tx:
            origin = await tx.sources.find_origin(job.id)
        return own if origin is not None and origin.takes_title else job.document.title

    async def _report_recognition(self, job: _Job, done: int, total: int) -> None:
        async with self._store.begin(job.scope) as tx:
            message = f"Recognising text: {done} of {total} pages"
            await self._enter(tx, job, DocumentStatus.PARSING, 5 + 7 * done // total, message)
        self._signals.task_changed(job.lease.task_id)

    async def _build_rows(self, job: _Job, parsed: ParsedDocument, text: DocumentText, title: str) -> list[Chunk]:
        if len(parsed.text) > SHORT_TEXT_CHARACTERS:
            async with self._store.begin(job.scope) as tx:
                await self._enter(tx, job, DocumentStatus.CHUNKING, 12, "Splitting into passages")
            self._signals.task_changed(job.lease.task_id)
        return await self._splitter.build_rows(job.scope.tenant_id, parsed, text, title)

    async def _continue(self, job: _Job) -> _Embedded:
        """Embed what a lost run left without a vector of the embedder in use."""
        fingerprint = self._passages.fingerprint
        async with self._store.read(job.scope) as tx:
            there = await tx.chunks.list_version_vectors(job.id, job.version, fingerprint)
            chunk_count = await tx.chunks.count_version(job.id, job.version)
            without = await tx.chunks.list_without_vector(job.id, job.version, fingerprint)
        missing = words_of_vectors(without, {job.id: job.document.title})
        total = len(there) + len(missing)
        async with aclosing(self._passages.embed_in_batches(job.scope, missing)) as batches:
            vectors = there + await self._store_vectors(job, batches, done=len(there), total=total)
        return _Embedded(vectors, chunk_count)

    async def _store_vectors(
        self, job: _Job, batches: AsyncIterator[list[NewVector]], *, done: int, total: int
    ) -> _Vectors:
        """Commit vectors batch by batch; return them."""
        stored: _Vectors = []
        async for batch in batches:
            stored += _of_chunks(batch)
            progress, message = _progress(done + len(stored), total)
            async with self._store.begin(job.scope) as tx:
                await self._enter(tx, job, DocumentStatus.EMBEDDING, progress, message)
                await tx.chunks.add_vectors(self._passages.fingerprint, batch)
            self._signals.task_changed(job.lease.task_id)
        return stored

    async def _index(self, job: _Job, embedded: _Embedded) -> bool:
        """Add the version to the index and make it readable; return whether that ended the task."""
        ids = [chunk_id for chunk_id, _ in embedded.vectors]
        vectors = unpack_vectors([vector for _, vector in embedded.vectors], self._passages.dimension)

        async def mark_indexing(tx: TenantTransaction) -> None:
            await self._enter(tx, job, DocumentStatus.INDEXING, 92, "Adding to the index")

        async def make_ready(tx: TenantTransaction) -> None:
            shown = await self._make_version_readable(tx, job)
            readable = {**shown, "chunk_count": embedded.chunk_count}
            spent_ms = round((time.perf_counter() - job.started) * 1000)
            await tx.usage.add(job.scope.user_id, processing_ms=spent_ms)
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

    async def _make_version_readable(self, tx: TenantTransaction, job: _Job) -> dict[str, Any]:
        """Mark the version as seen; return what the document shows from now on."""
        now = self._clock.now()
        file = await tx.versions.make_readable(job.id, job.version, now)
        shown = {name: getattr(file, name) for name in _SHOWN_OF_VERSION}
        return {**shown, "processed_at": now, "error_code": "", "error_message": ""}

    async def _remove_other_versions(self, job: _Job) -> None:
        """Take the passages of replaced versions out, the index first, and end the task.

        Text and bytes of every version that was ever readable stay, for the answers that cite it.
        """
        async with self._store.read(job.scope) as tx:
            ids = await tx.chunks.list_document_ids(job.id, except_version=job.version)

        async def hold(tx: TenantTransaction) -> None:
            await tx.tasks.hold(job.lease)

        await self._indexes.remove(job.scope, job.knowledge_base_id, ids, guard=hold)
        async with self._store.begin(job.scope) as tx:
            await tx.tasks.finish(job.lease, TaskStatus.COMPLETED, progress=100, message="Ready")
            await tx.chunks.remove_versions_except(job.id, job.version)
            await forget_unread_versions(tx, job.id, before=job.version)
            await tx.documents.remove_unread_texts(job.id)

    async def _enter(
        self, tx: TenantTransaction, job: _Job, stage: DocumentStatus, progress: int, message: str, **values: Any
    ) -> None:
        """Check the fence, then move task and document to a stage.

        Raises:
            LeaseLost: another run owns the task, or it was cancelled.
        """
        await tx.tasks.hold(job.lease, stage=stage, progress=progress, message=message)
        await tx.documents.advance(job.id, stage, progress=progress, **values)


async def _is_read(tx: TenantTransaction, document_id: DocumentId, version: int) -> bool:
    """Return whether all passages of a version are stored; some without the text are removed."""
    if await tx.chunks.count_version(document_id, version) == 0:
        return False
    if await tx.documents.has_text(document_id, version):
        return True
    await tx.chunks.remove_version(document_id, version)
    return False


def _of_chunks(vectors: Sequence[NewVector]) -> _Vectors:
    return [(new.chunk_id, new.vector) for new in vectors]


def _progress(done: int, total: int) -> tuple[int, str]:
    return 20 + 70 * done // total, f"Embedding: {done} of {total} passages"
