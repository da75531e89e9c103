"""Document services over a real database, real local files and fakes for everything else."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ragapp.adapters.blobs import LocalBlobStore
from ragapp.adapters.watched_folders import LocalWatchedFolders
from ragapp.core.errors import FeatureDisabled
from ragapp.core.flags import Flag
from ragapp.core.ids import DocumentId, KnowledgeBaseId, TenantId, UserId
from ragapp.core.leases import TaskLease
from ragapp.core.scope import Origin, PlatformScope, Role, TenantScope
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.retrieval import VectorLeg
from ragapp.services.library.attachments import Attachments
from ragapp.services.library.blob_guard import BlobGuard
from ragapp.services.library.deletion import Deletion
from ragapp.services.library.documents import DocumentService
from ragapp.services.library.expansion import Expansion
from ragapp.services.library.fetching import Fetching
from ragapp.services.library.folder_sync import FolderSync
from ragapp.services.library.imports import ImportService
from ragapp.services.library.ingestion import IngestionService
from ragapp.services.library.knowledge_bases import KnowledgeBaseService
from ragapp.services.library.samples import Samples
from ragapp.services.library.source_sync import SourceSync
from ragapp.services.library.sources import SourceService
from ragapp.services.library.uploads import Uploads
from ragapp.services.library.versions import VersionService
from ragapp.services.retrieval.embedder_rollover import EarlierEmbedder, EmbedderRollover
from ragapp.services.retrieval.encoding import SharedEncoder
from ragapp.services.retrieval.passage_vectors import PassageVectors
from ragapp.services.retrieval.reindexing import Reindexing
from ragapp.services.retrieval.vector_indexes import VectorIndexes
from ragapp.services.signals import WorkSignals
from ragapp.services.upkeep.erasure import Erasure
from ragapp.services.upkeep.findings import Report
from ragapp.services.upkeep.proving import Proving
from ragapp.services.upkeep.task_queue import TaskQueue
from ragapp.services.upkeep.tasks import TaskService
from ragapp.services.upkeep.verification import Verification
from ragapp.services.views import UploadResult
from ragapp.store.store import Store
from ragapp.tasks.handlers import TaskHandlers
from ragapp.tasks.runner import TaskRunner
from tests.fakes.accounts import scope_of
from tests.fakes.archives import MemoryArchiveReader
from tests.fakes.clock import FixedClock
from tests.fakes.embedder import HashEmbedder
from tests.fakes.fetcher import MemoryFetcher
from tests.fakes.limits import flags_over, limits_over
from tests.fakes.parser import TextParser
from tests.fakes.vector_index import MemoryIndex

MAX_BYTES = 100_000
TEXT = "\n\n".join(
    f"# Topic {number}\n\n" + f"The {number}th paragraph tells about subject {number} and its details. " * 8
    for number in range(5)
)


@dataclass
class Outside:
    """What survives a crash of the process: files, the index on disk, the models."""

    blobs: LocalBlobStore
    parser: TextParser
    embedder: HashEmbedder
    index: MemoryIndex
    archives: MemoryArchiveReader = field(default_factory=MemoryArchiveReader)
    fetcher: MemoryFetcher = field(default_factory=MemoryFetcher)
    folders: LocalWatchedFolders | None = None


def outside(folder: Path) -> Outside:
    return Outside(LocalBlobStore(folder), TextParser(), HashEmbedder(), MemoryIndex())


class Library:
    """One process: services and a task runner. Build another over the same `Outside` to restart."""

    def __init__(
        self,
        store: Store,
        clock: FixedClock,
        outside: Outside,
        *,
        concurrency: int = 4,
        exact_up_to: int = 0,
        earlier: Sequence[EarlierEmbedder] = (),
    ) -> None:
        self.store = store
        self.clock = clock
        self.outside = outside
        self.signals = WorkSignals()
        self.switched_off: set[Flag] = set()
        self.is_alone = True
        self.guard = BlobGuard()
        fingerprint = outside.embedder.fingerprint
        self.indexes = VectorIndexes(
            store, outside.index, fingerprint, self.signals, exact_up_to=exact_up_to, retry_delay_s=0
        )
        self.limits = limits_over(store, clock)
        uploads = Uploads(
            store,
            outside.blobs,
            outside.parser,
            clock,
            self.guard,
            flags_over(store, clock),
            self.limits,
            max_bytes=MAX_BYTES,
        )
        self.documents = DocumentService(
            store, outside.blobs, uploads, outside.parser, Samples(), clock, self.signals
        )
        self.versions = VersionService(store, uploads, clock, self.signals)
        self.tasks = TaskService(store, self.signals)
        self.knowledge_bases = KnowledgeBaseService(store, self.indexes)
        passages = PassageVectors(store, SharedEncoder(outside.embedder))
        self.ingestion = IngestionService(
            store,
            outside.blobs,
            outside.parser,
            passages,
            self.indexes,
            Attachments(store, outside.archives, uploads, self.signals),
            clock,
            self.signals,
        )
        self.deletion = Deletion(store, outside.blobs, self.indexes, self.guard, self.signals)
        self.rollover = EmbedderRollover(store, VectorLeg(outside.embedder, EmbedderKind.MULTILINGUAL), earlier)
        self.reindexing = Reindexing(
            store, outside.index, passages, self.indexes, self.signals, self.rollover
        )
        self.verification = Verification(
            store, outside.blobs, outside.index, self.indexes, self.guard, clock, self.signals, self._alone
        )
        self.proving = Proving(store, self.verification, self.signals, pause_s=0)
        self.queue = TaskQueue(store, self.signals)
        fetcher = outside.fetcher
        self.imports = ImportService(store, fetcher, uploads, clock, self.signals, self._require_flag)
        self.sources = SourceService(store, fetcher, uploads, clock, self.signals, self._require_flag)
        self.fetching = Fetching(store, fetcher, uploads, self.ingestion, clock, self.signals)
        folders = FolderSync(store, outside.folders, uploads, self.versions, clock)
        self.source_sync = SourceSync(store, fetcher, folders, clock, self.signals, self._require_flag)
        expansion = Expansion(store, outside.blobs, outside.archives, uploads, clock, self.signals)
        handlers = TaskHandlers(
            self.ingestion,
            expansion,
            self.deletion,
            self.reindexing,
            self.fetching,
            self.source_sync,
            Erasure(store, outside.blobs, outside.index, self.guard, self._scope_for_maintenance, _forget_nothing),
            self.proving,
            _MeasuringNothing(),
            self._scope_for_task,
            self._scope_for_maintenance,
        )
        self.runner = TaskRunner(self.queue, handlers, self.signals, concurrency=concurrency, exclusive=True)

    async def store_bytes(self, tenant_id: TenantId, content: bytes) -> None:
        """Store bytes that no row needs."""
        async with self.outside.blobs.stage(tenant_id, pieces(content), max_bytes=MAX_BYTES) as staged:
            await self.outside.blobs.keep(tenant_id, staged)

    async def upload(
        self, scope: TenantScope, text: str | bytes = TEXT, filename: str = "report.txt", **options: object
    ) -> UploadResult:
        content = text.encode() if isinstance(text, str) else text
        return await self.documents.upload(scope, pieces(content), filename=filename, **options)  # type: ignore[arg-type]

    async def replace(
        self, scope: TenantScope, document_id: DocumentId, text: str | bytes, filename: str = "report.txt"
    ) -> UploadResult:
        content = text.encode() if isinstance(text, str) else text
        return await self.versions.replace(scope, document_id, pieces(content), filename=filename)

    async def settle(self) -> None:
        """Work until nothing is left to do, letting postponed tasks become due."""
        await self.runner.run_until_idle()

    async def restart(self) -> "Library":
        """A new process over the same database, files and index: takes over, rebuilds what is in doubt."""
        library = Library(self.store, self.clock, self.outside)
        await library.queue.rescue(every=True)
        return library

    async def verify(self, scope: TenantScope) -> Report:
        return await self.verification.verify(scope, deep=True)

    def indexed_ids(self, knowledge_base_id: KnowledgeBaseId) -> set[str]:
        """Every id in any collection of a knowledge base."""
        found: set[str] = set()
        for ref, entries in self.outside.index.collections.items():
            if ref.knowledge_base_id == knowledge_base_id:
                found.update(entries)
        return found

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        yield self.is_alone

    async def _require_flag(self, scope: TenantScope, flag: Flag) -> None:
        if flag in self.switched_off:
            raise FeatureDisabled(details={"flag": flag.value})

    async def _scope_for_task(self, tenant_id: TenantId, actor_id: UserId) -> TenantScope:
        async with self.store.read_platform(PlatformScope(Origin.TASK)) as tx:
            member = await tx.accounts.find_member(tenant_id, actor_id)
        assert member is not None
        return scope_of(tenant_id, actor_id, Role(member[2].role))

    async def _scope_for_maintenance(self, tenant_id: TenantId) -> TenantScope:
        async with self.store.read_platform(PlatformScope(Origin.TASK)) as tx:
            owner = await tx.accounts.first_owner_of(tenant_id)
        assert owner is not None
        return scope_of(tenant_id, owner, Role.OWNER)


class _MeasuringNothing:
    """Answers are no part of this library."""

    async def run(self, scope: TenantScope, lease: TaskLease) -> None:
        raise AssertionError("nothing here begins a run of test questions")


def _forget_nothing(tenant_id: TenantId) -> None:
    """Nothing is remembered here besides the database."""


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        await asyncio.sleep(0)
        yield content[start : start + size]


async def expected_ids(store: Store, scope: TenantScope, document_id: DocumentId) -> list[str]:
    async with store.read(scope) as tx:
        return list(await tx.chunks.list_version_ids(document_id, 1))

