"""Replacing a document's content: the next version is read in the background, the current one serves until then."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import DuplicateDocument, UnsupportedFileType
from ragapp.core.ids import DocumentId, KnowledgeBaseId, TaskId
from ragapp.core.lifecycle import ARCHIVE_TYPE, DocumentStatus
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Document, DocumentVersion
from ragapp.services.library.document_views import uploaded
from ragapp.services.library.document_work import cancel_work, queue_work
from ragapp.services.library.filenames import clean_filename
from ragapp.services.library.uploads import ReceivedFile, Uploads
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.holdings import take_version
from ragapp.services.views import UploadResult, VersionView
from ragapp.store.store import Store, TenantTransaction

_ARCHIVE_AS_VERSION = "An archive cannot replace a document. Unpack it and upload the file you need."


class VersionService:
    """The versions of the tenant's documents."""

    def __init__(self, store: Store, uploads: Uploads, clock: Clock, signals: WorkSignals) -> None:
        self._store = store
        self._uploads = uploads
        self._clock = clock
        self._signals = signals

    async def replace(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        chunks: AsyncIterator[bytes],
        *,
        filename: str,
        declared_type: str | None = None,
    ) -> UploadResult:
        """Store a document's next version and queue it; the same bytes as the latest change nothing.

        Raises:
            NotFound: no such document. PermissionDenied: no right to change it.
            InvalidFileName, EmptyFile, FileTooLarge, UnsupportedFileType, FileTypeMismatch: nothing is kept.
            DuplicateDocument: another document has those bytes. StorageUnavailable: nothing is kept.
            FeatureDisabled, RateLimited, QuotaExceeded: uploading is switched off, too many for now, or no room.
        """
        async with self._store.read(scope) as tx:
            await tx.documents.get(document_id)
        require(scope, Permission.WRITE_DOCUMENTS)
        label = clean_filename(filename)
        await self._uploads.welcome(scope)
        async with self._uploads.receive(scope, chunks, filename=label, declared_type=declared_type) as file:
            if file.content_type == ARCHIVE_TYPE:
                raise UnsupportedFileType(_ARCHIVE_AS_VERSION)
            task_id = await self._record(scope, document_id, file)
        self._signals.work_added()
        async with self._store.read(scope) as tx:
            document = uploaded(await tx.documents.get(document_id))
        return UploadResult(document, task_id, duplicate=task_id is None)

    async def list(self, scope: TenantScope, document_id: DocumentId) -> tuple[VersionView, ...]:
        """Return all versions of a document, newest first.

        Raises:
            NotFound: no such document.
        """
        async with self._store.read(scope) as tx:
            document = await tx.documents.get(document_id)
            require(scope, Permission.READ_DOCUMENTS)
            rows = await tx.versions.list_of(document_id)
            names = await tx.members.names_of([row.created_by for row in rows])
        return tuple(_view(row, document, names.get(row.created_by, "")) for row in rows)

    async def _record(
        self, scope: TenantScope, document_id: DocumentId, file: ReceivedFile
    ) -> TaskId | None:
        async with self._store.begin(scope) as tx:
            document = await tx.documents.get(document_id)
            if document.sha256 == file.blob.sha256:
                return None
            await ensure_only_here(tx, document, file)
            cancelled = await cancel_work(tx, document_id)
            await add_version(tx, document, file, created_by=scope.user_id, now=self._clock.now())
            task = await queue_work(tx, document_id)
        for changed in cancelled:
            self._signals.task_changed(changed)
        return TaskId(task.id)


async def ensure_only_here(tx: TenantTransaction, document: Document, file: ReceivedFile) -> None:
    """Check that no other document of the knowledge base has these bytes.

    Raises:
        DuplicateDocument: one has.
    """
    there = await tx.documents.find_by_bytes(KnowledgeBaseId(document.knowledge_base_id), file.blob.sha256)
    if there is not None and there.id != document.id:
        raise DuplicateDocument(details={"document_id": there.id})


async def add_version(
    tx: TenantTransaction, document: Document, file: ReceivedFile, *, created_by: str, now: datetime
) -> int:
    """Record bytes as a document's next version, to be read; return its number.

    Raises:
        DuplicateDocument: another document came to have those bytes at the same moment.
        QuotaExceeded: there is no room for them.

    What readers see of the document stays as it is until the version is readable. `documents.sha256` is of the bytes
    that came last, so that no two documents of a knowledge base can come to hold the same ones.
    """
    document_id = DocumentId(document.id)
    latest = await tx.versions.find_latest(document_id)
    facts: dict[str, Any] = {
        "filename": file.filename,
        "content_type": file.content_type,
        "size_bytes": file.blob.size_bytes,
        "blob_key": file.blob.key,
    }
    version = DocumentVersion(
        tenant_id=document.tenant_id,
        document_id=document_id,
        version=(latest.version if latest else document.version) + 1,
        sha256=file.blob.sha256,
        created_by=created_by,
        created_at=now,
        **facts,
    )
    await tx.versions.add(version)
    if version.version > 1:  # the first is how the document came to be, which is an event of its own
        target = AuditTarget("document", document_id, document.title)
        await tx.audit.record(AuditAction.DOCUMENT_REPLACED, target, {"version": version.version})
    await take_version(tx, created_by, file.blob.size_bytes)
    queued = DocumentStatus.QUEUED
    await tx.documents.take_bytes(
        document_id,
        file.blob.sha256,
        status=queued,
        stage=queued,
        progress=0,
        error_code="",
        error_message="",
        **(facts if document.version == 0 else {}),
    )
    return version.version


def _view(row: DocumentVersion, document: Document, created_by: str) -> VersionView:
    return VersionView(
        version=row.version,
        filename=row.filename,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        page_count=row.page_count,
        created_at=row.created_at,
        created_by=created_by,
        is_current=row.version == document.version,
        is_readable=row.readable_at is not None,
    )
