"""Places that are looked at again: web addresses, sitemaps, and the folder an operator opened."""

from datetime import timedelta

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, InvalidTransition, RagAppError
from ragapp.core.flags import Flag
from ragapp.core.ids import KnowledgeBaseId, SourceId, TaskId, new_id
from ragapp.core.lifecycle import TaskKind
from ragapp.core.ports import Clock, Fetcher
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Source
from ragapp.services.library.imports import RequireFlag, title_of_address
from ragapp.services.library.source_views import SourceKind, SourceView
from ragapp.services.library.uploads import Uploads
from ragapp.services.signals import WorkSignals
from ragapp.services.views import ErrorView, Page
from ragapp.store.store import Store, TenantTransaction

SYNC_ATTEMPTS = 3
SHORTEST_S, LONGEST_S, DEFAULT_S = 15 * 60, 30 * 24 * 3600, 24 * 3600
MOST_PAGES, DEFAULT_PAGES = 1000, 100
_MAX_LIST = 200


class SourceService:
    """The tenant's sources."""

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

    async def create(
        self,
        scope: TenantScope,
        *,
        kind: SourceKind,
        location: str,
        knowledge_base_id: KnowledgeBaseId | None = None,
        every_s: int = DEFAULT_S,
        max_pages: int = DEFAULT_PAGES,
    ) -> SourceView:
        """Add a web address or a sitemap that is looked at now and then every `every_s` seconds.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to add documents.
            InvalidInput: a number is out of range, or the kind cannot be added. NameTaken: it is a source already.
            InvalidAddress, AddressRefused: it can never be read. FeatureDisabled: imports are switched off.
        """
        base = await self._uploads.find_knowledge_base(scope, knowledge_base_id)
        require(scope, Permission.WRITE_DOCUMENTS)
        await self._require_flag(scope, Flag.URL_IMPORT)
        if kind is SourceKind.FOLDER:
            raise InvalidInput("A folder is opened by the operator in the settings.", details={"field": "kind"})
        _ensure_sensible(every_s, max_pages)
        now = self._clock.now()
        source = Source(
            tenant_id=scope.tenant_id,
            id=new_id(),
            knowledge_base_id=base,
            kind=kind,
            location=self._fetcher.check(location),
            every_s=every_s,
            max_pages=max_pages if kind is SourceKind.SITEMAP else 1,
            next_at=now,
            created_by=scope.user_id,
            created_at=now,
        )
        async with self._store.begin(scope) as tx:
            await tx.sources.add(source)
            await _record(tx, AuditAction.SOURCE_ADDED, source)
            await queue_sync(tx, source)
        self._signals.work_added()
        return await self._written(scope, source.id)

    async def list(
        self, scope: TenantScope, *, limit: int = 50, cursor: str | None = None
    ) -> Page[SourceView]:
        """Return one page of sources, newest first.

        Raises:
            InvalidInput: `limit` is not from 1 to 200, or `cursor` is not one of ours.
        """
        if not 1 <= limit <= _MAX_LIST:
            raise InvalidInput(f"Ask for 1 to {_MAX_LIST} sources.", details={"field": "limit"})
        async with self._store.read(scope) as tx:
            require(scope, Permission.READ_DOCUMENTS)
            rows, next_cursor = await tx.sources.list_page(limit=limit, cursor=cursor)
            return Page(tuple([await _view(tx, row) for row in rows]), next_cursor)

    async def get(self, scope: TenantScope, source_id: SourceId) -> SourceView:
        """Return one source.

        Raises:
            NotFound: absent, or another tenant's.
        """
        async with self._store.read(scope) as tx:
            row = await tx.sources.get(source_id)
            require(scope, Permission.READ_DOCUMENTS)
            return await _view(tx, row)

    async def _written(self, scope: TenantScope, source_id: str) -> SourceView:
        """Return what the caller has just written: that takes no further right."""
        async with self._store.read(scope) as tx:
            return await _view(tx, await tx.sources.get(SourceId(source_id)))

    async def update(
        self,
        scope: TenantScope,
        source_id: SourceId,
        *,
        every_s: int | None = None,
        max_pages: int | None = None,
        is_paused: bool | None = None,
    ) -> SourceView:
        """Change how often and how much is looked at; None leaves a value.

        Raises:
            NotFound: no such source. PermissionDenied: no right. InvalidInput: a number is out of range.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.sources.get(source_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            every, pages = every_s or row.every_s, max_pages or row.max_pages
            _ensure_sensible(every, pages)
            paused = row.is_paused if is_paused is None else is_paused
            is_changed = (every, pages, paused) != (row.every_s, row.max_pages, row.is_paused)
            soonest = min(row.next_at, self._clock.now() + timedelta(seconds=every))
            await tx.sources.change(source_id, every_s=every, max_pages=pages, is_paused=paused, next_at=soonest)
            if is_changed:
                await _record(tx, AuditAction.SOURCE_CHANGED, row)
        return await self._written(scope, source_id)

    async def delete(self, scope: TenantScope, source_id: SourceId) -> None:
        """Look no more; the documents that came from there stay.

        Raises:
            NotFound: no such source. PermissionDenied: no right. InvalidTransition: a folder is the operator's.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.sources.get(source_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            if row.kind == SourceKind.FOLDER:
                raise InvalidTransition(details={"kind": row.kind})
            running = await tx.tasks.find_unfinished(TaskKind.SYNC, source_id)
            if running is not None:
                await tx.tasks.cancel(TaskId(running.id))
            await tx.sources.remove(source_id)
            await _record(tx, AuditAction.SOURCE_REMOVED, row)

    async def check_now(self, scope: TenantScope, source_id: SourceId) -> TaskId:
        """Queue a look at a source.

        Raises:
            NotFound: no such source. PermissionDenied: no right.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.sources.get(source_id)
            require(scope, Permission.WRITE_DOCUMENTS)
            task_id = await queue_sync(tx, row)
        self._signals.work_added()
        return task_id


async def queue_sync(tx: TenantTransaction, source: Source) -> TaskId:
    """Queue a look at a source, unless one is queued already."""
    task = await tx.tasks.ensure(TaskKind.SYNC, subject=source.id, max_attempts=SYNC_ATTEMPTS)
    return TaskId(task.id)


async def _record(tx: TenantTransaction, action: AuditAction, source: Source) -> None:
    """Write an act on a source down, by host and path: what follows in an address may be a secret."""
    name = source.location if source.kind == SourceKind.FOLDER else title_of_address(source.location)
    details = {"kind": str(source.kind), "knowledge_base_id": source.knowledge_base_id}
    await tx.audit.record(action, AuditTarget("source", source.id, name), details)


def _ensure_sensible(every_s: int, max_pages: int) -> None:
    if not SHORTEST_S <= every_s <= LONGEST_S:
        raise InvalidInput(f"every_s: from {SHORTEST_S} to {LONGEST_S} seconds.", details={"field": "every_s"})
    if not 1 <= max_pages <= MOST_PAGES:
        raise InvalidInput(f"max_pages: from 1 to {MOST_PAGES}.", details={"field": "max_pages"})


async def _view(tx: TenantTransaction, row: Source) -> SourceView:
    origins = await tx.sources.list_origins(SourceId(row.id))
    return SourceView(
        id=SourceId(row.id),
        kind=SourceKind(row.kind),
        location=row.location,
        knowledge_base_id=KnowledgeBaseId(row.knowledge_base_id),
        every_s=row.every_s,
        max_pages=row.max_pages,
        is_paused=row.is_paused,
        document_count=len(origins),
        missing_count=sum(origin.missing_since is not None for origin in origins),
        error=ErrorView(row.error_code, _message_of(row.error_code)) if row.error_code else None,
        checked_at=row.checked_at,
        next_at=row.next_at,
        created_at=row.created_at,
    )


def _message_of(code: str) -> str:
    kinds = [RagAppError]
    for kind in kinds:
        if kind.code == code:
            return kind.default_message
        kinds.extend(kind.__subclasses__())
    return RagAppError.default_message
