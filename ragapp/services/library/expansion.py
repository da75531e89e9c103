"""From a stored archive to one document per file in it.

Every file is admitted as an upload of its own: stored, identified, and recorded with the task that will read it, in one
transaction. The same bytes in the same knowledge base are one document, so a run that was lost is simply run again.
"""

from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import structlog

from ragapp.core.errors import (
    EmptyArchive,
    IngestionFailed,
    InvalidInput,
    NotFound,
    QuotaExceeded,
)
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import DocumentStatus, TaskStatus
from ragapp.core.ports import BlobStore, Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Document, DocumentText, DocumentVersion
from ragapp.rag.ports import ArchiveReader
from ragapp.rag.types import ArchiveMember
from ragapp.services.library.archive_report import MemberResult, Outcome, build_report, why_nothing
from ragapp.services.library.filenames import clean_title
from ragapp.services.library.filing import folder_of
from ragapp.services.library.uploads import UploadRequest, Uploads
from ragapp.services.signals import WorkSignals
from ragapp.store.store import Store

_BYTES_MISSING = "The stored file is missing. Upload it again."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """One run over one archive."""

    scope: TenantScope
    lease: TaskLease
    document: Document
    file: DocumentVersion
    path: Path

    @property
    def id(self) -> DocumentId:
        return DocumentId(self.document.id)


class Expansion:
    """Runs EXPAND tasks."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        reader: ArchiveReader,
        uploads: Uploads,
        clock: Clock,
        signals: WorkSignals,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._reader = reader
        self._uploads = uploads
        self._clock = clock
        self._signals = signals

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Bring every file of an archive on its way; then the archive is ready, and its text tells what became of them.

        Raises:
            LeaseLost: another run owns the task, or it was cancelled. Unavailable: something is down.
            IngestionFailed: the archive cannot be opened, or nothing in it be read. PermissionDenied: no right to add.
        """
        job = await self._begin(scope, lease)
        if job is None:
            return
        members = await self._reader.list_members(job.path)
        results: list[MemberResult] = []
        for member in members:
            results.append(await self._take(job, member))
            await self._report_progress(job, len(results), len(members))
        if all(result.outcome is Outcome.LEFT_OUT for result in results):
            raise EmptyArchive(why_nothing(results))
        await self._finish(job, results)

    async def _begin(self, scope: TenantScope, lease: TaskLease) -> _Job | None:
        async with self._store.begin(scope) as tx:
            stage = DocumentStatus.PARSING
            await tx.tasks.hold(lease, stage=stage, progress=5, message="Unpacking the archive")
            document = await tx.documents.find(lease.document_id) if lease.document_id else None
            if document is None or document.deleted_at is not None:
                await tx.tasks.finish(lease, TaskStatus.CANCELLED)
                return None
            require(scope, Permission.WRITE_DOCUMENTS)
            file = await tx.versions.find_latest(DocumentId(document.id))
            if file is None:
                raise IngestionFailed(_BYTES_MISSING)
            await tx.documents.advance(DocumentId(document.id), stage, progress=5)
        self._signals.task_changed(lease.task_id)
        try:
            path = await self._blobs.open_path(scope.tenant_id, file.blob_key)
        except NotFound as error:
            raise IngestionFailed(_BYTES_MISSING) from error
        return _Job(scope, lease, document, file, path)

    async def _take(self, job: _Job, member: ArchiveMember) -> MemberResult:
        name = clean_title(member.name)
        if member.problem:
            return MemberResult(name, Outcome.LEFT_OUT, reason=member.problem)
        base = KnowledgeBaseId(job.document.knowledge_base_id)
        request = UploadRequest(member.name, knowledge_base_id=base, title=name)
        try:
            async with aclosing(self._reader.stream(job.path, member)) as pieces:
                admitted = await self._uploads.admit(job.scope, request, pieces)
        except (IngestionFailed, InvalidInput, QuotaExceeded) as error:
            return MemberResult(name, Outcome.LEFT_OUT, reason=error.code)
        is_new = admitted.task_id is not None
        outcome = Outcome.ADDED if is_new else await self._outcome_of(job, admitted.document_id)
        if outcome is Outcome.ADDED:
            await self._file(job, member, admitted.document_id)
        if is_new:
            self._signals.work_added()
        return MemberResult(name, outcome, admitted.document_id)

    async def _file(self, job: _Job, member: ArchiveMember, document_id: DocumentId) -> None:
        """Put what came out of the archive into the folder it had there."""
        folder = folder_of(member.name, within=job.document.folder)
        if folder:
            async with self._store.begin(job.scope) as tx:
                document = await tx.documents.find(document_id)
                # The same bytes may have come out of another folder of the archive, under another name, before.
                if document is not None and document.title == clean_title(member.name):
                    await tx.documents.change(document_id, folder=folder)

    async def _outcome_of(self, job: _Job, document_id: DocumentId) -> Outcome:
        """Tell a document that was there from one that an earlier, lost run of this task added."""
        async with self._store.read(job.scope) as tx:
            found = await tx.documents.find(document_id)
        is_older = found is None or found.created_at < job.document.created_at
        return Outcome.ALREADY_THERE if is_older else Outcome.ADDED

    async def _report_progress(self, job: _Job, done: int, total: int) -> None:
        progress = 5 + 90 * done // total
        async with self._store.begin(job.scope) as tx:
            await tx.tasks.hold(job.lease, progress=progress, message=f"Unpacking: {done} of {total} files")
            await tx.documents.advance(job.id, DocumentStatus.PARSING, progress=progress)
        self._signals.task_changed(job.lease.task_id)

    async def _finish(self, job: _Job, results: list[MemberResult]) -> None:
        left_out = sum(result.outcome is Outcome.LEFT_OUT for result in results)
        message = f"{len(results) - left_out} files are documents, {left_out} left out"
        version = job.file.version
        async with self._store.begin(job.scope) as tx:
            language = (await tx.members.get_self())[0].language
            await tx.tasks.finish(job.lease, TaskStatus.COMPLETED, progress=100, message=message)
            report = build_report(results, language)
            await tx.documents.add_text(
                DocumentText(tenant_id=job.scope.tenant_id, document_id=job.id, version=version, text=report)
            )
            now = self._clock.now()
            await tx.versions.change(job.id, version, readable_at=now)
            await tx.documents.advance(
                job.id, DocumentStatus.READY, progress=100, version=version, processed_at=now
            )
        self._signals.task_changed(job.lease.task_id)
        _log.info(
            "archive.expanded",
            tenant_id=job.scope.tenant_id,
            document_id=job.id,
            member_count=len(results),
            left_out_count=left_out,
        )
