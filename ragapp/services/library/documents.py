"""Documents: upload, look, rename, retry, delete, and the sample documents."""

from collections.abc import AsyncIterator, Sequence

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, InvalidTransition, NotFound
from ragapp.core.ids import DocumentId, KnowledgeBaseId, TaskId
from ragapp.core.lifecycle import DocumentStatus, TaskKind, ensure_transition
from ragapp.core.ports import BlobStore, Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Document, DocumentVersion
from ragapp.rag.ports import PageRenderer
from ragapp.services.library.deletion import DELETE_ATTEMPTS
from ragapp.services.library.document_views import load_views, text_view, uploaded
from ragapp.services.library.document_work import cancel_work, queue_work
from ragapp.services.library.filenames import clean_title
from ragapp.services.library.samples import Samples
from ragapp.services.library.suggestions import suggest_questions
from ragapp.services.library.text_views import DocumentTextView
from ragapp.services.library.uploads import Admitted, UploadRequest, Uploads
from ragapp.services.paging import page_limit
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.holdings import give_back_document
from ragapp.services.views import DocumentFile, DocumentView, Page, UploadResult
from ragapp.store.store import Store, TenantTransaction

_MAX_FOUND = 500
_SUGGEST_FROM = 20


class DocumentService:
    """The tenant's documents."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        uploads: Uploads,
        renderer: PageRenderer,
        samples: Samples,
        clock: Clock,
        signals: WorkSignals,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._uploads = uploads
        self._renderer = renderer
        self._samples = samples
        self._clock = clock
        self._signals = signals

    async def upload(
        self,
        scope: TenantScope,
        chunks: AsyncIterator[bytes],
        *,
        filename: str,
        declared_type: str | None = None,
        knowledge_base_id: KnowledgeBaseId | None = None,
        title: str | None = None,
        idempotency_key: str | None = None,
    ) -> UploadResult:
        """Store a file and queue it for indexing. The same bytes in the same knowledge base are recognised.

        Args:
            scope: Who uploads.
            chunks: The bytes, streamed; never whole in memory.
            filename: A label; cleaned, never a path.
            declared_type: The media type the sender claims.
            knowledge_base_id: Where to; None for the default.
            title: Shown to readers; None takes it from the name.
            idempotency_key: A retry with the same key and bytes gets the same answer, for 24 hours.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to add documents.
            InvalidFileName, EmptyFile, FileTooLarge, UnsupportedFileType, FileTypeMismatch: nothing is kept.
            IdempotencyKeyReused: the key came with other bytes, name, title or knowledge base.
            StorageUnavailable: nothing is kept. FeatureDisabled: uploading is switched off.
            RateLimited, QuotaExceeded: too many for now, or no room for more.
        """
        request = UploadRequest(filename, declared_type, knowledge_base_id, title, idempotency_key)
        admitted = await self._uploads.admit(scope, request, chunks)
        if admitted.task_id is not None:
            self._signals.work_added()
        return await self._result(scope, admitted)

    async def list(
        self,
        scope: TenantScope,
        *,
        limit: int = 50,
        cursor: str | None = None,
        status: DocumentStatus | None = None,
        is_in_progress: bool = False,
        knowledge_base_id: KnowledgeBaseId | None = None,
        folder: str = "",
        tag: str = "",
        query: str = "",
    ) -> Page[DocumentView]:
        """Return one page of documents, newest first; `query` is looked for in titles and file names.

        `is_in_progress` leaves out those that are ready or failed; `folder` keeps to what lies in it or in those in it.

        Raises:
            InvalidInput: `limit` is not from 1 to 200, or `cursor` is not one of ours.
            NotFound: no such knowledge base.
        """
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            if knowledge_base_id is not None:
                await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.READ_DOCUMENTS)
            rows, next_cursor = await tx.documents.list_page(
                limit=limit,
                cursor=cursor,
                status=status,
                is_in_progress=is_in_progress,
                knowledge_base_id=knowledge_base_id,
                folder=folder.strip("/"),
                tagged=tx.filing.tagged(tag.lower()) if tag else None,
                query=query,
            )
            return Page(await load_views(tx, rows), next_cursor)

    async def get(self, scope: TenantScope, document_id: DocumentId) -> DocumentView:
        """Return one document.

        Raises:
            NotFound: absent, deleted, or another tenant's.
        """
        async with self._store.read(scope) as tx:
            row = await _readable(tx, scope, document_id)
            return (await load_views(tx, [row]))[0]

    async def _written(self, scope: TenantScope, document_id: DocumentId) -> DocumentView:
        """Return what the caller has just written: that takes no further right."""
        async with self._store.read(scope) as tx:
            return (await load_views(tx, [await tx.documents.get(document_id)]))[0]

    async def find_many(
        self, scope: TenantScope, document_ids: Sequence[DocumentId]
    ) -> tuple[DocumentView, ...]:
        """Return those of at most 500 documents that exist and are the caller's to read, in no order.

        Raises:
            InvalidInput: more are asked for.
        """
        if len(document_ids) > _MAX_FOUND:
            raise InvalidInput(f"Ask for at most {_MAX_FOUND} documents.", details={"field": "document_ids"})
        require(scope, Permission.READ_DOCUMENTS)
        async with self._store.read(scope) as tx:
            return await load_views(tx, await tx.documents.list_by_ids(document_ids))

    async def rename(self, scope: TenantScope, document_id: DocumentId, title: str) -> DocumentView:
        """Give a document another title.

        Raises:
            NotFound: no such document. PermissionDenied: no right to change it. InvalidInput: the title is empty.
        """
        async with self._store.begin(scope) as tx:
            before = (await tx.documents.get(document_id)).title
            require(scope, Permission.WRITE_DOCUMENTS)
            cleaned = clean_title(title)
            if not cleaned:
                raise InvalidInput("Give the document a title.", details={"field": "title"})
            await tx.documents.change(document_id, title=cleaned)
            await tx.sources.change_origin(document_id, takes_title=False)
            if cleaned != before:
                target = AuditTarget("document", document_id, cleaned)
                await tx.audit.record(AuditAction.DOCUMENT_RENAMED, target, {"from": before})
        return await self._written(scope, document_id)

    async def delete(self, scope: TenantScope, document_id: DocumentId) -> None:
        """Hide a document from every reader at once; its passages and bytes are removed in the background.

        Raises:
            NotFound: no such document. PermissionDenied: no right to delete it.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.documents.get(document_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            ensure_transition(DocumentStatus(row.status), DocumentStatus.DELETING)
            cancelled = await cancel_work(tx, document_id)
            await tx.audit.record(AuditAction.DOCUMENT_DELETED, AuditTarget("document", document_id, row.title))
            await give_back_document(tx, document_id)
            await tx.documents.bury(document_id, self._clock.now())
            await tx.knowledge_bases.bump_revision(KnowledgeBaseId(row.knowledge_base_id))
            await tx.tasks.ensure(
                TaskKind.DELETE, subject=document_id, document_id=document_id, max_attempts=DELETE_ATTEMPTS
            )
        for task_id in cancelled:
            self._signals.task_changed(task_id)
        self._signals.work_added()

    async def retry(self, scope: TenantScope, document_id: DocumentId) -> TaskId:
        """Queue a failed document again.

        Raises:
            NotFound: no such document. PermissionDenied: no right. InvalidTransition: it has not failed.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.documents.get(document_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            if row.status != DocumentStatus.FAILED:
                raise InvalidTransition(details={"from": row.status})
            await tx.documents.restart(document_id)
            task = await queue_work(tx, document_id)
        self._signals.work_added()
        return TaskId(task.id)

    async def file(
        self, scope: TenantScope, document_id: DocumentId, *, version: int | None = None
    ) -> DocumentFile:
        """Return where the original bytes can be streamed from: of the current version, or of an earlier one.

        Raises:
            NotFound: no such document or version. StorageUnavailable: the storage does not answer.
        """
        row = await self._find_version(scope, document_id, version)
        path = await self._blobs.open_path(scope.tenant_id, row.blob_key)
        return DocumentFile(str(path), row.filename, row.content_type, row.size_bytes)

    async def text(
        self, scope: TenantScope, document_id: DocumentId, *, version: int | None = None
    ) -> DocumentTextView:
        """Return the extracted text that all offsets refer to: of the current version, or of an earlier one.

        Raises:
            NotFound: no such document or version, or it has not been read yet.
        """
        async with self._store.read(scope) as tx:
            document = await _readable(tx, scope, document_id)
            wanted = document.version if version is None else version
            found = await tx.versions.find(document_id, wanted)
            text = await tx.documents.find_text(document_id, wanted)
        if text is None or found is None or found.readable_at is None:
            raise NotFound
        return text_view(document, text, found)

    async def page_image(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        page: int,
        *,
        start: int = 0,
        end: int = 0,
        version: int | None = None,
    ) -> bytes:
        """Return a PNG of one page, of the current version or of an earlier one, with characters [start, end) marked.

        Raises:
            NotFound: no such document, version or page, or a format without pages.
        """
        row = await self._find_version(scope, document_id, version)
        if row.page_count is None or not 1 <= page <= row.page_count:
            raise NotFound
        path = await self._blobs.open_path(scope.tenant_id, row.blob_key)
        async with self._store.read(scope) as tx:
            page_start = await tx.documents.find_page_start(document_id, row.version, page)
        return await self._renderer.render(
            path, content_type=row.content_type, page=page, start=start, end=end, page_start=page_start
        )

    async def load_samples(self, scope: TenantScope) -> int:
        """Upload the sample documents to the default knowledge base; return how many are new.

        Raises:
            PermissionDenied: no right to add documents.
        """
        require(scope, Permission.WRITE_DOCUMENTS)
        added = 0
        for sample in await self._samples.list_all():
            request = UploadRequest(sample.filename, title=sample.title)
            admitted = await self._uploads.admit(scope, request, self._samples.stream(sample), is_counted=False)
            added += admitted.task_id is not None
        self._signals.work_added()
        return added

    async def suggested_questions(self, scope: TenantScope, *, limit: int = 4) -> tuple[str, ...]:
        """Return questions that the documents indexed last can answer; those in the asker's own language come first."""
        require(scope, Permission.READ_DOCUMENTS)
        prepared = {sample.sha256: sample.questions for sample in await self._samples.list_all()}
        async with self._store.read(scope) as tx:
            language = (await tx.members.get_self())[0].language
            rows = await tx.documents.list_recently_processed(limit=_SUGGEST_FROM)
            rows.sort(key=lambda row: (row.language != language, row.sha256 not in prepared))
            headings = [await tx.documents.list_heading_titles(DocumentId(row.id), row.version) for row in rows]
        return suggest_questions([*zip(rows, headings, strict=True)], prepared, limit=limit)

    async def _result(self, scope: TenantScope, admitted: Admitted) -> UploadResult:
        row = admitted.document
        if row is None:
            async with self._store.read(scope) as tx:
                row = await tx.documents.get(admitted.document_id)
        return UploadResult(uploaded(row), admitted.task_id, duplicate=admitted.task_id is None)

    async def _find_version(
        self, scope: TenantScope, document_id: DocumentId, version: int | None
    ) -> DocumentVersion:
        async with self._store.read(scope) as tx:
            document = await _readable(tx, scope, document_id)
            if version is None and document.version == 0:
                found = await tx.versions.find_latest(document_id)
            else:
                found = await tx.versions.find(document_id, document.version if version is None else version)
        if found is None or (version is not None and found.readable_at is None):
            raise NotFound
        return found


async def _readable(tx: TenantTransaction, scope: TenantScope, document_id: DocumentId) -> Document:
    row = await tx.documents.get(document_id)
    require(scope, Permission.READ_DOCUMENTS)
    return row
