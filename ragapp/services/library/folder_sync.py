"""A folder on the operator's disk, taken in: new files become documents, changed ones versions, removed ones stay."""

from typing import Any

import structlog

from ragapp.core.errors import DuplicateDocument, InvalidInput, NotFound, QuotaExceeded
from ragapp.core.ids import DocumentId, KnowledgeBaseId, SourceId, new_id
from ragapp.core.leases import TaskLease
from ragapp.core.ports import Clock, WatchedFile, WatchedFolders
from ragapp.core.scope import TenantScope
from ragapp.models import DocumentOrigin, Source
from ragapp.services.library.filing import folder_of
from ragapp.services.library.source_views import SourceKind
from ragapp.services.library.uploads import UploadRequest, Uploads
from ragapp.services.library.versions import VersionService
from ragapp.store.store import Store

_EVERY_S = 15 * 60
_log = structlog.get_logger(__name__)


class FolderSync:
    """Takes in the folder of a tenant, where the operator opened one."""

    def __init__(
        self,
        store: Store,
        folders: WatchedFolders | None,
        uploads: Uploads,
        versions: VersionService,
        clock: Clock,
        *,
        every_s: int = _EVERY_S,
    ) -> None:
        self._store = store
        self._folders = folders
        self._uploads = uploads
        self._versions = versions
        self._clock = clock
        self._every_s = every_s

    async def ensure_source(self, scope: TenantScope) -> None:
        """Make the folder that bears the tenant's slug a source, if there is one and it is none yet."""
        if self._folders is None:
            return
        names = self._folders.names()
        async with self._store.begin(scope) as tx:
            slug = (await tx.members.get_self())[1].slug
            base = await tx.knowledge_bases.find_default()
            if slug not in names or base is None:
                return
            if await tx.sources.find_by_location(KnowledgeBaseId(base.id), SourceKind.FOLDER, slug) is None:
                now = self._clock.now()
                source = Source(
                    tenant_id=scope.tenant_id,
                    id=new_id(),
                    knowledge_base_id=base.id,
                    kind=SourceKind.FOLDER,
                    location=slug,
                    every_s=self._every_s,
                    next_at=now,
                    created_by=scope.user_id,
                    created_at=now,
                )
                await tx.sources.add(source)

    async def take_in(self, scope: TenantScope, lease: TaskLease, source: Source) -> str:
        """Take in what is new or changed in a folder; return what was done, in words.

        Raises:
            LeaseLost: another run owns the task. NotFound: the folder is gone. Unavailable: it cannot be read.
        """
        if self._folders is None:
            raise NotFound
        files = await self._folders.list_files(source.location)
        async with self._store.read(scope) as tx:
            known = {origin.location: origin for origin in await tx.sources.list_origins(SourceId(source.id))}
        added = changed = skipped = 0
        for number, file in enumerate(files):
            async with self._store.begin(scope) as tx:
                await tx.tasks.hold(lease, progress=5 + 90 * number // len(files))
            origin = known.get(file.path)
            if origin is not None and origin.etag == file.stamp and origin.missing_since is None:
                continue
            try:
                if origin is None:
                    added += await self._add(scope, source, file)
                else:
                    changed += await self._replace(scope, source, file, origin)
            except (InvalidInput, DuplicateDocument, QuotaExceeded) as error:
                skipped += 1
                _log.info("folder.file_skipped", tenant_id=scope.tenant_id, error_code=error.code)
        missing = await self._note_missing(scope, known, {file.path for file in files})
        return f"{added} added, {changed} changed, {missing} removed there, {skipped} not readable"

    async def _add(self, scope: TenantScope, source: Source, file: WatchedFile) -> bool:
        assert self._folders is not None  # noqa: S101 - checked by `take_in`
        request = UploadRequest(file.path, knowledge_base_id=KnowledgeBaseId(source.knowledge_base_id))
        admitted = await self._uploads.admit(scope, request, self._folders.stream(source.location, file.path))
        async with self._store.begin(scope) as tx:
            if await tx.sources.find_origin(admitted.document_id) is None:
                await tx.documents.change(admitted.document_id, folder=folder_of(file.path))
                await tx.sources.add_origin(
                    DocumentOrigin(
                        tenant_id=scope.tenant_id,
                        document_id=admitted.document_id,
                        source_id=source.id,
                        location=file.path,
                        etag=file.stamp,
                        takes_title=False,
                        checked_at=self._clock.now(),
                    )
                )
        return admitted.task_id is not None

    async def _replace(
        self, scope: TenantScope, source: Source, file: WatchedFile, origin: DocumentOrigin
    ) -> bool:
        assert self._folders is not None  # noqa: S101 - checked by `take_in`
        document_id = DocumentId(origin.document_id)
        stream = self._folders.stream(source.location, file.path)
        result = await self._versions.replace(scope, document_id, stream, filename=file.path)
        seen: dict[str, Any] = {"etag": file.stamp, "checked_at": self._clock.now(), "missing_since": None}
        async with self._store.begin(scope) as tx:
            await tx.sources.change_origin(document_id, **seen)
        return not result.duplicate

    async def _note_missing(self, scope: TenantScope, known: dict[str, DocumentOrigin], there: set[str]) -> int:
        gone = [origin for path, origin in known.items() if path not in there and origin.missing_since is None]
        async with self._store.begin(scope) as tx:
            for origin in gone:
                await tx.sources.change_origin(DocumentId(origin.document_id), missing_since=self._clock.now())
        return len(gone)
