"""Running SYNC tasks: look at a source, queue a look at each of its pages, take in what a folder holds."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from ragapp.core.errors import (
    DuplicateDocument,
    FetchFailed,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    PageTypeRefused,
    PermissionDenied,
    QuotaExceeded,
    RagAppError,
)
from ragapp.core.flags import Flag
from ragapp.core.ids import KnowledgeBaseId, SourceId, TenantId, UserId
from ragapp.core.leases import TaskLease
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.ports import Clock, Fetcher, FetchKind
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Source
from ragapp.services.library.document_work import queue_fetch
from ragapp.services.library.folder_sync import FolderSync
from ragapp.services.library.imports import RequireFlag, ensure_document
from ragapp.services.library.sitemaps import read_sitemap
from ragapp.services.library.source_views import SourceKind
from ragapp.services.library.sources import queue_sync
from ragapp.services.signals import WorkSignals
from ragapp.store.store import Store

_MOST_SITEMAPS = 10
_PAGES_AT_ONCE = 50
_BETWEEN_PAGES = timedelta(seconds=2)
_DUE_AT_ONCE = 100
_log = structlog.get_logger(__name__)


class SourceSync:
    """Looks at sources when their time has come."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        folders: FolderSync,
        clock: Clock,
        signals: WorkSignals,
        require_flag: RequireFlag,
    ) -> None:
        self._require_flag = require_flag
        self._store = store
        self._fetcher = fetcher
        self._folders = folders
        self._clock = clock
        self._signals = signals

    async def queue_due(
        self, scope: TenantScope, scope_for_task: Callable[[TenantId, UserId], Awaitable[TenantScope]]
    ) -> int:
        """Queue every source of a tenant that is due, each under the rights of who added it; return how many.

        A source whose owner may not add documents any more is paused and says so.
        """
        await self._folders.ensure_source(scope)
        async with self._store.read(scope) as tx:
            due = await tx.sources.list_due(self._clock.now(), limit=_DUE_AT_ONCE)
        for source in due:
            try:
                owner = await scope_for_task(scope.tenant_id, UserId(source.created_by))
                require(owner, Permission.WRITE_DOCUMENTS)
            except (NotAuthenticated, PermissionDenied):
                async with self._store.begin(scope) as tx:
                    await tx.sources.change(SourceId(source.id), is_paused=True, error_code=PermissionDenied.code)
                continue
            async with self._store.begin(owner) as tx:
                await queue_sync(tx, source)
                await tx.sources.change(SourceId(source.id), next_at=self._next(source))
        if due:
            self._signals.work_added()
        return len(due)

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        """Look at one source.

        Raises:
            LeaseLost: another run owns the task. Unavailable: it is to be tried again later.
        """
        async with self._store.begin(scope) as tx:
            await tx.tasks.hold(lease, stage="looking", progress=5, message="Looking for what is new")
            source = await tx.sources.find(SourceId(lease.subject))
            if source is None:
                await tx.tasks.finish(lease, TaskStatus.CANCELLED)
                return
        try:
            require(scope, Permission.WRITE_DOCUMENTS)
            message = await self._look(scope, lease, source)
        except (FetchFailed, InvalidInput, NotFound, PermissionDenied, DuplicateDocument, QuotaExceeded) as error:
            await self.give_up(scope, lease, error)
            return
        async with self._store.begin(scope) as tx:
            await tx.tasks.finish(lease, TaskStatus.COMPLETED, progress=100, message=message)
            await self._note(tx.sources.change, source, "")
        self._signals.task_changed(lease.task_id)
        self._signals.work_added()
        _log.info("source.checked", tenant_id=scope.tenant_id, source_id=source.id, kind=source.kind)

    async def give_up(self, scope: TenantScope, lease: TaskLease, error: RagAppError) -> None:
        """End the task and note why at the source, which is looked at again at its next time.

        Raises:
            LeaseLost: another run owns the task.
        """
        async with self._store.begin(scope) as tx:
            await tx.tasks.finish(lease, TaskStatus.FAILED, error_code=error.code, error_message=error.user_message)
            source = await tx.sources.find(SourceId(lease.subject))
            if source is not None:
                await self._note(tx.sources.change, source, error.code)
        self._signals.task_changed(lease.task_id)

    async def _look(self, scope: TenantScope, lease: TaskLease, source: Source) -> str:
        if source.kind == SourceKind.FOLDER:
            return await self._folders.take_in(scope, lease, source)
        await self._require_flag(scope, Flag.URL_IMPORT)
        if source.kind == SourceKind.SITEMAP:
            pages = await self._read_sitemaps(scope, source)
        else:
            pages = [source.location]
        await self._queue_pages(scope, lease, source, pages)
        return f"{len(pages)} pages are looked at"

    async def _read_sitemaps(self, scope: TenantScope, source: Source) -> list[str]:
        """Return the page addresses of a sitemap and of the sitemaps it lists, up to the source's cap."""
        waiting, pages = [source.location], dict[str, None]()
        for _ in range(_MOST_SITEMAPS):
            if not waiting or len(pages) >= source.max_pages:
                break
            found, are_sitemaps = await self._read_sitemap(scope, waiting.pop(0), source.max_pages)
            if are_sitemaps:
                waiting += found
            else:
                pages |= dict.fromkeys(found)
        if not pages:
            raise PageTypeRefused("This sitemap lists no pages of its own site. Check the address.")
        return list(pages)[: source.max_pages]

    async def _read_sitemap(self, scope: TenantScope, url: str, limit: int) -> tuple[list[str], bool]:
        async with self._fetcher.open(scope.tenant_id, url, kind=FetchKind.SITEMAP) as page:
            content = b"".join([piece async for piece in page.chunks])
        return read_sitemap(content, page.url, limit=limit)

    async def _queue_pages(self, scope: TenantScope, lease: TaskLease, source: Source, pages: list[str]) -> None:
        """Queue a look at every page, one after another: no site and no tenant's allowance is used up at once."""
        base, source_id = KnowledgeBaseId(source.knowledge_base_id), SourceId(source.id)
        for start in range(0, len(pages), _PAGES_AT_ONCE):
            async with self._store.begin(scope) as tx:
                await tx.tasks.hold(lease, progress=10 + 80 * start // len(pages))
                for number, url in enumerate(pages[start : start + _PAGES_AT_ONCE], start):
                    location = self._possible(url)
                    if location is not None:
                        now = self._clock.now()
                        document_id, _ = await ensure_document(tx, scope, base, location, now, source_id)
                        await queue_fetch(tx, document_id, after=number * _BETWEEN_PAGES)
            self._signals.task_changed(lease.task_id)

    def _possible(self, url: str) -> str | None:
        try:
            return self._fetcher.check(url)
        except (InvalidInput, FetchFailed):
            return None

    async def _note(self, change: Callable[..., Awaitable[None]], source: Source, error_code: str) -> None:
        await change(
            SourceId(source.id), checked_at=self._clock.now(), next_at=self._next(source), error_code=error_code
        )

    def _next(self, source: Source) -> datetime:
        return self._clock.now() + timedelta(seconds=source.every_s)
