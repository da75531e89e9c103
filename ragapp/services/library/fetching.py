"""Running FETCH tasks: read an address, keep what is new, go on with ingestion under the same lease."""

from typing import Any

import structlog

from ragapp.core.errors import (
    DuplicateDocument,
    FetchFailed,
    InvalidInput,
    PageNotFound,
    PermissionDenied,
    QuotaExceeded,
    RagAppError,
)
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import DocumentStatus, TaskStatus
from ragapp.core.ports import Clock, FetchedPage, Fetcher, PageMark
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Document, DocumentOrigin
from ragapp.services.library.ingestion import IngestionService
from ragapp.services.library.uploads import ReceivedFile, Uploads
from ragapp.services.library.versions import add_version, ensure_only_here
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.holdings import give_back_document
from ragapp.store.store import Store, TenantTransaction

_AT_REST = (DocumentStatus.READY, DocumentStatus.FAILED)
_log = structlog.get_logger(__name__)


class Fetching:
    """Brings documents from their addresses, for the first time or again."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        uploads: Uploads,
        ingestion: IngestionService,
        clock: Clock,
        signals: WorkSignals,
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._uploads = uploads
        self._ingestion = ingestion
        self._clock = clock
        self._signals = signals

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Fetch a document; ready, unchanged, or failed with a reason.

        Raises:
            LeaseLost: another run owns the task, or it was cancelled. Unavailable: it is to be tried again later.
        """
        try:
            found = await self._begin(scope, lease)
            if found is None:
                return
            document, origin, has_bytes = found
            is_being_read = has_bytes and document.status not in _AT_REST
            if is_being_read or await self._fetch(scope, lease, document, origin, has_bytes=has_bytes):
                await self._ingestion.run(scope, lease)
        except (FetchFailed, InvalidInput, DuplicateDocument, PermissionDenied, QuotaExceeded) as error:
            await self.give_up(scope, lease, error)

    async def give_up(self, scope: TenantScope, lease: TaskLease, error: RagAppError) -> None:
        """End the task with a reason. A document that has content already keeps it and its state.

        Raises:
            LeaseLost: another run owns the task.
        """
        document_id = DocumentId(lease.subject)
        failed: dict[str, Any] = {"error_code": error.code, "error_message": error.user_message[:500]}
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease)
            document = await tx.documents.find(document_id)
            has_bytes = await tx.versions.find_latest(document_id) is not None
            await self._note(tx, document_id, error)
            is_kept = document is None or (has_bytes and document.status in _AT_REST)
            if is_kept:
                await tx.tasks.finish(lease, TaskStatus.FAILED, **failed)
        if not is_kept:
            await self._ingestion.give_up(scope, lease, error)
            return
        self._signals.task_changed(lease.task_id)
        _log.info("fetch.failed", tenant_id=scope.tenant_id, document_id=document_id, error_code=error.code)

    async def _note(self, tx: TenantTransaction, document_id: DocumentId, error: RagAppError) -> None:
        now = self._clock.now()
        noted: dict[str, Any] = {"checked_at": now, "error_code": error.code}
        if isinstance(error, PageNotFound):
            noted["missing_since"] = now
        await tx.sources.change_origin(document_id, **noted)

    async def _begin(
        self, scope: TenantScope, lease: TaskLease
    ) -> tuple[Document, DocumentOrigin, bool] | None:
        document_id = DocumentId(lease.subject)
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease, stage="fetching", progress=2, message="Reading the address")
            document = await tx.documents.find(document_id)
            origin = await tx.sources.find_origin(document_id)
            if document is None or document.deleted_at is not None or origin is None:
                await tx.tasks.finish(lease, TaskStatus.CANCELLED)
                return None
            require(scope, Permission.WRITE_DOCUMENTS)
            has_bytes = await tx.versions.find_latest(document_id) is not None
        self._signals.task_changed(lease.task_id)
        return document, origin, has_bytes

    async def _fetch(
        self, scope: TenantScope, lease: TaskLease, document: Document, origin: DocumentOrigin, *, has_bytes: bool
    ) -> bool:
        """Store what is at the address; return whether there is something to read now."""
        known = PageMark(origin.etag, origin.last_modified) if has_bytes else None
        async with self._fetcher.open(scope.tenant_id, origin.location, known=known) as page:
            if page.is_unchanged:
                await self._settle(scope, lease, page, origin, "Not changed")
                return False
            receive = self._uploads.receive(
                scope, page.chunks, filename=page.filename, declared_type=page.content_type
            )
            async with receive as file:
                return await self._record(scope, lease, document, origin, page, file)

    async def _record(
        self,
        scope: TenantScope,
        lease: TaskLease,
        document: Document,
        origin: DocumentOrigin,
        page: FetchedPage,
        file: ReceivedFile,
    ) -> bool:
        document_id, base = DocumentId(document.id), KnowledgeBaseId(document.knowledge_base_id)
        if file.blob.sha256 == document.sha256:
            await self._settle(scope, lease, page, origin, "Not changed")
            return False
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease)
            there = await tx.documents.find_by_bytes(base, file.blob.sha256)
            if there is not None and not document.blob_key:
                await self._join(tx, scope, lease, origin, there)
                return False
            await ensure_only_here(tx, document, file)
            await tx.sources.change_origin(document_id, **self._seen(page))
            await add_version(tx, document, file, created_by=scope.user_id, now=self._clock.now())
        return True

    async def _join(
        self, tx: TenantTransaction, scope: TenantScope, lease: TaskLease, origin: DocumentOrigin, there: Document
    ) -> None:
        """Point the task at the document that has the same content; the one that waited for it goes."""
        there_id = DocumentId(there.id)
        await give_back_document(tx, DocumentId(origin.document_id))
        await tx.documents.purge(DocumentId(origin.document_id))
        if await tx.sources.find_origin(there_id) is None:
            joined = DocumentOrigin(
                tenant_id=scope.tenant_id,
                document_id=there_id,
                source_id=origin.source_id,
                location=origin.location,
                url=origin.url,
                takes_title=False,
                checked_at=self._clock.now(),
            )
            await tx.sources.add_origin(joined)
        message = "The same content was there already"
        await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message=message, document_id=there_id)

    async def _settle(
        self, scope: TenantScope, lease: TaskLease, page: FetchedPage, origin: DocumentOrigin, message: str
    ) -> None:
        async with self._store.begin(scope) as tx:
            await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message=message)
            await tx.sources.change_origin(DocumentId(origin.document_id), **self._seen(page))
        self._signals.task_changed(lease.task_id)

    def _seen(self, page: FetchedPage) -> dict[str, Any]:
        seen = {"url": page.url, "checked_at": self._clock.now(), "missing_since": None, "error_code": ""}
        # A server that says nothing with "not changed" still means what it said before.
        marks = {"etag": page.mark.etag, "last_modified": page.mark.last_modified}
        return seen | ({name: mark for name, mark in marks.items() if mark} if page.is_unchanged else marks)
