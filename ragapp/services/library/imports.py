"""Documents from web addresses: asked for here, fetched in the background like any other work."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import unquote, urlsplit

from ragapp.core.errors import Conflict
from ragapp.core.flags import Flag
from ragapp.core.ids import DocumentId, KnowledgeBaseId, SourceId, TaskId, new_id
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.ports import Clock, Fetcher
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Document, DocumentOrigin
from ragapp.services.library.document_views import uploaded
from ragapp.services.library.document_work import queue_fetch, queue_work
from ragapp.services.library.filenames import clean_title
from ragapp.services.library.uploads import Uploads, record_added
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.holdings import take_document
from ragapp.services.views import UploadResult
from ragapp.store.store import Store, TenantTransaction

RequireFlag = Callable[[TenantScope, Flag], Awaitable[None]]
"""Raises FeatureDisabled where a flag is off for the caller's tenant."""


class ImportService:
    """Adds documents by their address."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        uploads: Uploads,
        clock: Clock,
        signals: WorkSignals,
        require_flag: RequireFlag,
    ) -> None:
        self._require_flag = require_flag
        self._store = store
        self._fetcher = fetcher
        self._uploads = uploads
        self._clock = clock
        self._signals = signals

    async def add(
        self, scope: TenantScope, *, url: str, knowledge_base_id: KnowledgeBaseId | None = None
    ) -> UploadResult:
        """Queue an address to be read. One that a document came from already is looked at again for that document.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to add documents.
            FeatureDisabled: imports are switched off for the tenant.
            InvalidAddress, AddressRefused: it can never be read; nothing is kept.
            RateLimited, QuotaExceeded: too many for now, or no room for more.
        """
        base = await self._uploads.find_knowledge_base(scope, knowledge_base_id)
        require(scope, Permission.WRITE_DOCUMENTS)
        await self._require_flag(scope, Flag.URL_IMPORT)
        location = self._fetcher.check(url)
        await self._uploads.count(scope)
        async with self._store.begin(scope) as tx:
            document_id, is_new = await ensure_document(tx, scope, base, location, self._clock.now())
            document = await tx.documents.get(document_id)
            if document.status == DocumentStatus.FAILED and not document.blob_key:
                await tx.documents.restart(document_id)
            task = await (queue_work if is_new else queue_fetch)(tx, document_id)
            known = uploaded(await tx.documents.get(document_id))
        self._signals.work_added()
        return UploadResult(known, TaskId(task.id), duplicate=not is_new)


async def ensure_document(
    tx: TenantTransaction,
    scope: TenantScope,
    knowledge_base_id: KnowledgeBaseId,
    location: str,
    now: datetime,
    source_id: SourceId | None = None,
) -> tuple[DocumentId, bool]:
    """Return the document of an address, added without bytes if there is none yet, and whether it was.

    Raises:
        QuotaExceeded: there is no room for one more.
    """
    known = await tx.sources.find_document_at(knowledge_base_id, location)
    if known is not None:
        if source_id is not None:
            await tx.sources.change_origin(DocumentId(known.id), source_id=source_id)
        return DocumentId(known.id), False
    document = _placeholder(scope, knowledge_base_id, location, now)
    try:
        await tx.documents.add(document)
    except Conflict:
        known = await tx.sources.find_document_at(knowledge_base_id, location)
        if known is None:
            raise
        return DocumentId(known.id), False
    await record_added(tx, document, via="url")
    await take_document(tx, scope.user_id, 0)
    await tx.sources.add_origin(
        DocumentOrigin(
            tenant_id=scope.tenant_id, document_id=document.id, source_id=source_id, location=location, url=location
        )
    )
    return DocumentId(document.id), True


def _placeholder(
    scope: TenantScope, knowledge_base_id: KnowledgeBaseId, location: str, now: datetime
) -> Document:
    """Return a document that waits for its bytes; what stands for their hash keeps an address from coming twice."""
    return Document(
        tenant_id=scope.tenant_id,
        id=new_id(),
        knowledge_base_id=knowledge_base_id,
        title=title_of_address(location),
        filename="",
        content_type="",
        size_bytes=0,
        sha256=f"url:{hashlib.sha256(location.encode()).hexdigest()[:60]}",
        blob_key="",
        status=DocumentStatus.QUEUED,
        stage=DocumentStatus.QUEUED,
        created_by=scope.user_id,
        created_at=now,
    )


def title_of_address(location: str) -> str:
    """Return what a page is called until it has been read: its host and path."""
    parts = urlsplit(location)
    return clean_title(unquote(f"{parts.hostname or ''}{parts.path}", errors="replace").rstrip("/")) or location
