"""How bytes become a document: admitted, stored, identified, recorded together with the task that will read them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import Conflict, NotFound, RagAppError
from ragapp.core.flags import Flag
from ragapp.core.ids import DocumentId, KnowledgeBaseId, TaskId, new_id
from ragapp.core.lifecycle import DocumentStatus, work_on
from ragapp.core.ports import BlobStore, Clock, StagedBlob
from ragapp.core.scope import Origin, Permission, TenantScope, require
from ragapp.models import Document
from ragapp.rag.ports import Parser
from ragapp.services.library.blob_guard import BlobGuard
from ragapp.services.library.document_work import INGEST_ATTEMPTS
from ragapp.services.library.filenames import clean_filename, clean_title, title_of
from ragapp.services.tenancy.flags import FlagService
from ragapp.services.tenancy.holdings import take_document
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.rule_views import Operation
from ragapp.store.store import Store, TenantTransaction

_RECORDED_AT_ONCE = 2
"""Uploads that have arrived are recorded a few at a time: the first can be read while the others still wait."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What the sender says about the bytes; all of it is checked."""

    filename: str
    declared_type: str | None = None
    knowledge_base_id: KnowledgeBaseId | None = None
    title: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The document that now holds the bytes; `task_id` is None when they were there already.

    `document` is how it was recorded; None where a retry is told what the first try was.
    """

    document_id: DocumentId
    task_id: TaskId | None
    document: Document | None


@dataclass(slots=True)
class ReceivedFile:
    """Bytes that are stored and known to be readable as `content_type`."""

    filename: str
    content_type: str
    blob: StagedBlob
    is_needed: bool = False
    """A row that needs the bytes was committed, or found: nobody has to look for one."""


class Uploads:
    """Takes uploads in. Whatever fails, nothing of the upload stays behind."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        parser: Parser,
        clock: Clock,
        guard: BlobGuard,
        flags: FlagService,
        limits: LimitService,
        *,
        max_bytes: int,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._parser = parser
        self._clock = clock
        self._guard = guard
        self._flags = flags
        self._limits = limits
        self._max_bytes = max_bytes
        self._places = asyncio.Semaphore(_RECORDED_AT_ONCE)

    async def welcome(self, scope: TenantScope) -> None:
        """Let a person's file in, before any of its bytes.

        Raises:
            FeatureDisabled: uploading is switched off. RateLimited: too many for now.
        """
        if scope.origin is not Origin.TASK:
            await self._flags.require(scope, Flag.DOCUMENT_UPLOAD)
        await self.count(scope)

    async def count(self, scope: TenantScope) -> None:
        """Count a document that somebody brings.

        Raises:
            RateLimited: too many for now.
        """
        await self._limits.admit(scope, Operation.UPLOAD)

    async def admit(
        self, scope: TenantScope, request: UploadRequest, chunks: AsyncIterator[bytes], *, is_counted: bool = True
    ) -> Admitted:
        """Store a stream and record it; the same bytes in the same knowledge base are one document, also in a race.

        Raises:
            As `DocumentService.upload`.
        """
        base = await self.find_knowledge_base(scope, request.knowledge_base_id)
        require(scope, Permission.WRITE_DOCUMENTS)
        filename = clean_filename(request.filename)
        if is_counted:
            await self.welcome(scope)
        async with self._identify(scope, chunks, filename=filename, declared_type=request.declared_type) as file:
            known = await self._recognise(scope, base, request, file)
            if known is not None:
                return known
            async with self._keep(scope, file):
                admitted = await self._record(scope, base, request, file)
                file.is_needed = admitted.document is not None
                return admitted

    @asynccontextmanager
    async def receive(
        self, scope: TenantScope, chunks: AsyncIterator[bytes], *, filename: str, declared_type: str | None
    ) -> AsyncIterator[ReceivedFile]:
        """Identify and store a stream; after the block that records it, the bytes stay exactly if a row needs them.

        Raises:
            EmptyFile, FileTooLarge, UnsupportedFileType, FileTypeMismatch, StorageUnavailable: nothing is kept.
        """
        async with (
            self._identify(scope, chunks, filename=filename, declared_type=declared_type) as file,
            self._keep(scope, file),
        ):
            yield file

    @asynccontextmanager
    async def _identify(
        self, scope: TenantScope, chunks: AsyncIterator[bytes], *, filename: str, declared_type: str | None
    ) -> AsyncIterator[ReceivedFile]:
        async with self._blobs.stage(scope.tenant_id, chunks, max_bytes=self._max_bytes) as blob, self._places:
            await self._store.precedence.give_way()
            kind = await self._parser.identify(blob.path, filename=filename, declared_type=declared_type)
            yield ReceivedFile(filename, kind, blob)

    @asynccontextmanager
    async def _keep(self, scope: TenantScope, file: ReceivedFile) -> AsyncIterator[None]:
        async with self._guard.holding(scope.tenant_id, file.blob.key):
            try:
                await self._blobs.keep(scope.tenant_id, file.blob)
                yield
            finally:
                if not file.is_needed:
                    await asyncio.shield(self._remove_unused(scope, file.blob.key))

    async def find_knowledge_base(self, scope: TenantScope, wanted: KnowledgeBaseId | None) -> KnowledgeBaseId:
        """Return the wanted knowledge base, or the default one.

        Raises:
            NotFound: there is none.
        """
        async with self._store.read(scope) as tx:
            if wanted is not None:
                return KnowledgeBaseId((await tx.knowledge_bases.get(wanted)).id)
            default = await tx.knowledge_bases.find_default()
        if default is None:
            raise NotFound
        return KnowledgeBaseId(default.id)

    def _build(
        self,
        scope: TenantScope,
        knowledge_base_id: KnowledgeBaseId,
        request: UploadRequest,
        file: ReceivedFile,
    ) -> Document:
        return Document(
            tenant_id=scope.tenant_id,
            id=new_id(),
            knowledge_base_id=knowledge_base_id,
            title=_title_of(request, file),
            filename=file.filename,
            content_type=file.content_type,
            size_bytes=file.blob.size_bytes,
            sha256=file.blob.sha256,
            blob_key=file.blob.key,
            status=DocumentStatus.QUEUED,
            stage=DocumentStatus.QUEUED,
            created_by=scope.user_id,
            created_at=self._clock.now(),
        )

    async def _recognise(
        self, scope: TenantScope, base: KnowledgeBaseId, request: UploadRequest, file: ReceivedFile
    ) -> Admitted | None:
        """Return the document that has the bytes already, so that nothing need be written; a key needs its record."""
        if request.idempotency_key or not file.blob.is_kept:
            return None
        async with self._store.read(scope) as tx:
            await tx.knowledge_bases.get(base)
            return await _find_known(tx, base, file.blob.sha256)

    async def _record(
        self, scope: TenantScope, base: KnowledgeBaseId, request: UploadRequest, file: ReceivedFile
    ) -> Admitted:
        key = request.idempotency_key
        digest = _digest_of(base, request, file)
        async with self._store.begin(scope) as tx:
            # Access may have been taken back while the bytes came in.
            await tx.knowledge_bases.get(base)
            if key:
                known = await tx.idempotency.find_response(key, digest)
                if known is not None:
                    return _admitted_from(known)
            admitted = await _find_known(tx, base, file.blob.sha256)
            if admitted is None:
                admitted = await _add_or_find(tx, self._build(scope, base, request, file))
            if key:
                answer = {"document_id": admitted.document_id, "task_id": admitted.task_id}
                await tx.idempotency.remember(key, digest, answer)
            return admitted

    async def _remove_unused(self, scope: TenantScope, blob_key: str) -> None:
        """Remove bytes that no row came to need. What fails here is left to the reconciler: the upload's end stands."""
        try:
            async with self._store.read(scope) as tx:
                is_used = await tx.versions.count_using_blob(blob_key) > 0
            if not is_used:
                await self._blobs.delete(scope.tenant_id, blob_key)
        except RagAppError as error:
            _log.warning("upload.bytes_left", tenant_id=scope.tenant_id, code=error.code)


async def _find_known(tx: TenantTransaction, base: KnowledgeBaseId, sha256: str) -> Admitted | None:
    there = await tx.documents.find_by_bytes(base, sha256)
    return Admitted(DocumentId(there.id), None, there) if there else None


async def _add_or_find(tx: TenantTransaction, document: Document) -> Admitted:
    try:
        await tx.documents.add(document)
    except Conflict:
        # Somebody sent the same bytes at the same moment.
        known = await _find_known(tx, KnowledgeBaseId(document.knowledge_base_id), document.sha256)
        if known is None:
            raise
        return known
    await record_added(tx, document)
    await take_document(tx, document.created_by, document.size_bytes)
    document_id = DocumentId(document.id)
    kind = work_on(document.content_type)
    task = await tx.tasks.add(kind, subject=document_id, document_id=document_id, max_attempts=INGEST_ATTEMPTS)
    return Admitted(document_id, TaskId(task.id), document)


async def record_added(tx: TenantTransaction, document: Document, **details: str) -> None:
    """Write down that a document came to be in a knowledge base."""
    target = AuditTarget("document", document.id, document.title)
    facts = {"knowledge_base_id": document.knowledge_base_id, **details}
    await tx.audit.record(AuditAction.DOCUMENT_ADDED, target, facts)


def _title_of(request: UploadRequest, file: ReceivedFile) -> str:
    return clean_title(request.title or "") or title_of(file.filename)


def _digest_of(base: KnowledgeBaseId, request: UploadRequest, file: ReceivedFile) -> str:
    asked = [base, file.filename, _title_of(request, file), file.blob.sha256]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _admitted_from(answer: dict[str, str | None]) -> Admitted:
    task_id = answer["task_id"]
    return Admitted(DocumentId(answer["document_id"] or ""), TaskId(task_id) if task_id else None, None)
