"""Composition root: settings to engine to adapters to services. The only importer of adapters."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

import structlog

from ragapp.adapters.blobs import LocalBlobStore
from ragapp.adapters.clock import SystemClock
from ragapp.adapters.data_lock import hold, visit
from ragapp.adapters.foreign_index import ForeignIndex
from ragapp.adapters.ollama_client import pull_command
from ragapp.adapters.parsers.archive_reader import SandboxedArchiveReader
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.parser import SandboxedParser
from ragapp.adapters.parsers.renderer import SandboxedPageRenderer
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.adapters.password import Argon2Hasher
from ragapp.adapters.private_folder import keep_private
from ragapp.adapters.secret_box import open_secret_box
from ragapp.adapters.watched_folders import LocalWatchedFolders
from ragapp.bootstrap_external import build_external
from ragapp.bootstrap_identity import Identity, build_identity, build_limiter, build_mailer
from ragapp.bootstrap_models import (
    build_earlier_embedders,
    build_embedder,
    build_encoder,
    build_fetcher,
    build_generators,
    build_vector_index,
    build_vector_leg,
    effective_embedder,
)
from ragapp.bootstrap_oversight import Oversight, build_health_history, build_oversight
from ragapp.bootstrap_people import build_erasure, build_people
from ragapp.bootstrap_quality import Quality, build_quality
from ragapp.config import VERSION, GeneratorKind, Settings
from ragapp.core.errors import ConfigurationError, RagAppError
from ragapp.core.ports import BlobStore, Clock, Fetcher, Mailer, RateLimiter, SecretBox, WatchedFolders
from ragapp.core.scope import Origin, PlatformScope, TenantScope
from ragapp.rag.blending import EmbedderKind as VectorKind
from ragapp.rag.blending import embedder_kind
from ragapp.rag.ports import ArchiveReader, Embedder, PageRenderer, Parser, VectorIndex
from ragapp.services.chat.answering import AnswerFlow
from ragapp.services.chat.answers import AnswerService
from ragapp.services.chat.chats import ChatService
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.chat.model_connection import ModelConnectionService, ModelSettings
from ragapp.services.chat.oversight_chats import OversightChatService
from ragapp.services.chat.retention import Retention
from ragapp.services.chat.runs import RunService
from ragapp.services.chat.sharing import SharingService
from ragapp.services.idempotency import IdempotencyService
from ragapp.services.library.attachments import Attachments
from ragapp.services.library.blob_guard import BlobGuard
from ragapp.services.library.deletion import Deletion
from ragapp.services.library.documents import DocumentService
from ragapp.services.library.expansion import Expansion
from ragapp.services.library.fetching import Fetching
from ragapp.services.library.filing import FilingService
from ragapp.services.library.folder_sync import FolderSync
from ragapp.services.library.imports import ImportService
from ragapp.services.library.ingestion import IngestionService
from ragapp.services.library.knowledge_bases import KnowledgeBaseService
from ragapp.services.library.moving import MovingService
from ragapp.services.library.samples import Samples
from ragapp.services.library.source_sync import SourceSync
from ragapp.services.library.sources import SourceService
from ragapp.services.library.uploads import Uploads
from ragapp.services.library.versions import VersionService
from ragapp.services.oversight.embedding_notices import EmbeddingNotices
from ragapp.services.oversight.health import HealthService
from ragapp.services.personal_data import PersonalDataService
from ragapp.services.registry import Bounds, PublicSettings, Services
from ragapp.services.retrieval.embedder_rollover import EarlierEmbedder, EmbedderRollover
from ragapp.services.retrieval.embeddings import EmbeddingService
from ragapp.services.retrieval.encoding import SharedEncoder
from ragapp.services.retrieval.lexical_indexes import LexicalIndexes
from ragapp.services.retrieval.passage_vectors import PassageVectors
from ragapp.services.retrieval.reindexing import Reindexing
from ragapp.services.retrieval.search import SearchService
from ragapp.services.retrieval.vector_indexes import VectorIndexes
from ragapp.services.signals import WorkSignals
from ragapp.services.upkeep.erasure import Erasure
from ragapp.services.upkeep.proving import Proving
from ragapp.services.upkeep.task_queue import TaskQueue
from ragapp.services.upkeep.tasks import TaskService
from ragapp.services.upkeep.verification import Verification
from ragapp.store.engine import build_engine
from ragapp.store.preparation import prepare_database
from ragapp.store.store import Store
from ragapp.tasks.handlers import TaskHandlers
from ragapp.tasks.runner import TaskRunner
from ragapp.tasks.schedule import build_schedule

_log = structlog.get_logger(__name__)
_MAIL_EVERY_S = 3
_HEALTH_EVERY_S = 60
_UPKEEP = PlatformScope(Origin.TASK)
_TALLY_EVERY_S = 10
_RETENTION_HOUR = 3
"""In the night (UTC), when nobody waits for the writer."""


class Mode(Enum):
    """How a process opens the data folder.

    The embedded vector index belongs to one process. An owner refuses to start beside another; a guest (a command typed
    while the app runs) then leaves index and tasks alone: it searches SQL exactly, and the owner works off its uploads.
    """

    OWNER = "owner"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class _Adapters:
    """Everything from outside, behind its port."""

    store: Store
    clock: Clock
    secrets: SecretBox
    limiter: RateLimiter
    mailer: Mailer
    blobs: BlobStore
    fetcher: Fetcher
    folders: WatchedFolders | None
    parser: Parser
    archives: ArchiveReader
    renderer: PageRenderer
    embedder: Embedder
    vector_kind: VectorKind
    index: VectorIndex
    generators: GeneratorChoice
    earlier_embedders: tuple[EarlierEmbedder, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """The services and the work that goes on behind them."""

    services: Services
    owns_data: bool
    """Otherwise another process does, and works off the queue."""
    verification: Verification
    proving: Proving
    runner: TaskRunner
    source_sync: SourceSync
    retention: Retention


@asynccontextmanager
async def open_application(
    settings: Settings, *, mode: Mode = Mode.OWNER, run_tasks: bool = True
) -> AsyncIterator[Application]:
    """Migrate, connect, recover what a dead process left, and run until the block ends.

    Args:
        settings: What the operator wants.
        mode: Whether this process must own the data folder, or may work beside the one that does.
        run_tasks: Work off the task queue, if this process owns the data.

    Raises:
        ConfigurationError: a setting is impossible, or the data folder is in use; the message says what to do.
    """
    prepare_folders(settings)
    async with AsyncExitStack() as stack:
        owns_data = stack.enter_context(hold(settings.data_dir / "lock"))
        if mode is Mode.OWNER and not owns_data:
            in_use = f"{settings.data_dir} is in use by another ragapp. Stop it, or set RAGAPP_DATA_DIR."
            raise ConfigurationError(in_use)
        if not owns_data:
            stack.enter_context(visit(_guests_lock(settings)))
        await asyncio.to_thread(prepare_database, settings.effective_database_url, settings.migration_database_url)
        adapters = _open_adapters(settings, stack, owns_data=owns_data)
        application = _wire(settings, adapters, stack, owns_data=owns_data)
        if owns_data:
            await _forget_unfinished_uploads(settings, adapters.blobs)
            await _recover(application)
        if owns_data and run_tasks:
            await _start_tasks(application, adapters, stack)
        yield application


@asynccontextmanager
async def open_services(settings: Settings, *, run_tasks: bool = True) -> AsyncIterator[Services]:
    """Open the application for one command and hand out its services."""
    async with open_application(settings, mode=Mode.GUEST, run_tasks=run_tasks) as application:
        yield application.services


def _guests_lock(settings: Settings) -> Path:
    """Return what guests share while they may be storing bytes; who holds it alone may remove bytes without a row."""
    return settings.data_dir / "guests.lock"


def prepare_folders(settings: Settings, *, may_be_half: bool = False) -> None:
    """Create the data folder, readable by its owner only, or take it from others; files made from now on are private.

    Raises:
        ConfigurationError: it cannot be created, others can read it, or it holds half of a backup.
    """
    if settings.half_restored_mark.exists() and not may_be_half:
        problem = f"{settings.data_dir} holds half of a restored backup. Run `python -m ragapp restore FILE` again."
        raise ConfigurationError(problem)
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        problem = f"RAGAPP_DATA_DIR: {settings.data_dir} cannot be created ({error.strerror})."
        raise ConfigurationError(problem) from error
    keep_private(settings.data_dir)


def _open_adapters(settings: Settings, stack: AsyncExitStack, *, owns_data: bool) -> _Adapters:
    clock = SystemClock()
    secrets = open_secret_box(settings.data_dir, settings.secret_key.get_secret_value())
    store = Store(build_engine(settings.effective_database_url), clock, secrets.seal)
    stack.push_async_callback(store.close)
    limiter = build_limiter(settings, clock)
    stack.push_async_callback(limiter.close)
    limits = ParseLimits(wall_clock_s=settings.parse_timeout_s, memory_bytes=settings.parse_memory_bytes)
    sandbox = Sandbox(concurrent_count=limits.concurrent_count, idle_s=limits.idle_s)
    stack.callback(sandbox.close)
    embedder, model_name = build_embedder(settings, store.precedence)
    stack.push_async_callback(embedder.close)
    earlier_embedders = build_earlier_embedders(settings, store.precedence)
    for earlier in earlier_embedders:
        stack.push_async_callback(earlier.leg.embedder.close)
    index = build_vector_index(settings, store.precedence) if owns_data or settings.chroma_url else ForeignIndex()
    stack.push_async_callback(index.close)
    generators = build_generators(settings)
    stack.push_async_callback(generators.close)
    return _Adapters(
        store=store,
        clock=clock,
        secrets=secrets,
        limiter=limiter,
        mailer=build_mailer(settings),
        blobs=LocalBlobStore(settings.data_dir / "blobs"),
        fetcher=build_fetcher(settings),
        folders=LocalWatchedFolders(settings.watch_dir) if settings.watch_dir else None,
        parser=SandboxedParser(sandbox, limits),
        archives=SandboxedArchiveReader(sandbox, limits),
        renderer=SandboxedPageRenderer(sandbox, limits),
        embedder=embedder,
        vector_kind=embedder_kind(model_name),
        index=index,
        generators=generators,
        earlier_embedders=earlier_embedders,
    )


def _wire(
    settings: Settings, adapters: _Adapters, stack: AsyncExitStack, *, owns_data: bool = True
) -> Application:
    store, clock, signals, guard = adapters.store, adapters.clock, WorkSignals(), BlobGuard()
    vectors = VectorIndexes(
        store, adapters.index, adapters.embedder.fingerprint, signals, exact_up_to=settings.exact_search_passages
    )
    leg = build_vector_leg(settings, adapters.embedder, adapters.vector_kind)
    notices = EmbeddingNotices(store, is_stand_in=effective_embedder(settings) is not settings.embedder)
    rollover = EmbedderRollover(store, leg, adapters.earlier_embedders)
    oversight = build_oversight(settings, store, adapters.secrets, clock, adapters.limiter)
    stack.push_async_callback(oversight.searches.write)
    uploads = Uploads(
        store,
        adapters.blobs,
        adapters.parser,
        clock,
        guard,
        oversight.flags,
        oversight.limits,
        max_bytes=settings.max_upload_bytes,
    )
    documents = DocumentService(store, adapters.blobs, uploads, adapters.renderer, Samples(), clock, signals)
    chats = ChatService(store, clock)
    identity = _identify(settings, adapters, documents, oversight)
    external = build_external(settings, store, adapters.secrets, clock, identity.opener)
    lexical, encoder = LexicalIndexes(store), build_encoder(settings, adapters.embedder)
    search = SearchService(
        store,
        vectors,
        lexical,
        rollover,
        oversight.flags,
        oversight.limits,
        oversight.searches,
        max_question_characters=settings.max_question_characters,
    )
    flow = AnswerFlow(search, adapters.generators, max_question_characters=settings.max_question_characters)
    runs = RunService(store, flow, clock, oversight.limits)
    stack.push_async_callback(runs.close)
    quality = build_quality(
        settings, store, clock, signals, search, flow, adapters.generators, rollover, oversight.flags
    )
    people = build_people(
        settings, store, clock, signals, identity, runs, vectors, Argon2Hasher(), adapters.limiter
    )
    services = Services(
        access=identity.access,
        accounts=identity.accounts,
        answers=AnswerService(store, flow, runs, oversight.limits),
        api_keys=people.api_keys,
        audit_log=oversight.audit_log,
        bad_ratings=quality.bad_ratings,
        chats=chats,
        console=identity.console,
        documents=documents,
        embeddings=EmbeddingService(encoder, oversight.limits),
        erasure=people.erasure,
        external_sign_in=external.sign_in,
        filing=FilingService(store),
        flags=oversight.flags,
        health=HealthService(
            store, adapters.index, adapters.embedder, adapters.generators, notices, version=VERSION
        ),
        health_history=build_health_history(
            settings, store, clock, adapters.index, adapters.embedder, adapters.generators, notices, stack
        ),
        idempotency=IdempotencyService(store, adapters.secrets),
        imports=ImportService(store, adapters.fetcher, uploads, clock, signals, oversight.flags.require),
        invitations=people.invitations,
        joining=people.joining,
        knowledge_bases=KnowledgeBaseService(store, vectors),
        limits=oversight.limits,
        members=people.members,
        metrics=oversight.metrics,
        missing_reports=oversight.missing_reports,
        model_connection=ModelConnectionService(adapters.generators, _model_settings(settings)),
        linked_identities=external.identities,
        moving=MovingService(store, vectors),
        oversight_chats=OversightChatService(store),
        providers=external.providers,
        platform=people.platform,
        mail=identity.mail,
        password_resets=identity.password_resets,
        personal_data=PersonalDataService(store, identity.accounts, identity.sessions, chats, clock),
        quality_files=quality.files,
        quality_questions=quality.questions,
        quality_runs=quality.runs,
        runs=runs,
        search=search,
        second_factor=identity.second_factor,
        sessions=identity.sessions,
        setup=identity.setup,
        sharing=SharingService(store),
        sign_in=identity.sign_in,
        sources=SourceService(store, adapters.fetcher, uploads, clock, signals, oversight.flags.require),
        suspension=people.suspension,
        tasks=TaskService(store, signals),
        tenant_settings=people.tenant_settings,
        tenants=people.tenants,
        usage=oversight.usage,
        versions=VersionService(store, uploads, clock, signals),
        vigil=people.vigil,
        bounds=Bounds(settings.max_upload_bytes, settings.max_question_characters),
        settings_view=_public(settings),
    )
    alone = partial(hold, _guests_lock(settings))
    verification = Verification(store, adapters.blobs, adapters.index, vectors, guard, clock, signals, alone)
    expansion = Expansion(store, adapters.blobs, adapters.archives, uploads, clock, signals)
    folders = FolderSync(store, adapters.folders, uploads, services.versions, clock)
    sync = SourceSync(store, adapters.fetcher, folders, clock, signals, services.flags.require)
    forget = (vectors.forget, lexical.forget, rollover.forget)
    erasure = build_erasure(store, adapters.blobs, adapters.index, guard, identity.access, forget=forget)
    proving = Proving(store, verification, signals)
    runner = _build_runner(
        settings,
        adapters,
        encoder,
        services,
        uploads,
        expansion,
        sync,
        erasure,
        proving,
        quality,
        vectors,
        rollover,
        signals,
        guard,
    )
    return Application(services, owns_data, verification, proving, runner, sync, people.retention)


def _identify(
    settings: Settings, adapters: _Adapters, documents: DocumentService, oversight: Oversight
) -> Identity:
    return build_identity(
        settings,
        adapters.store,
        adapters.secrets,
        adapters.clock,
        adapters.limiter,
        adapters.mailer,
        documents.load_samples,
        Argon2Hasher(),
        oversight.flags,
    )


def _build_runner(
    settings: Settings,
    adapters: _Adapters,
    encoder: SharedEncoder,
    services: Services,
    uploads: Uploads,
    expansion: Expansion,
    sync: SourceSync,
    erasure: Erasure,
    proving: Proving,
    quality: Quality,
    vectors: VectorIndexes,
    rollover: EmbedderRollover,
    signals: WorkSignals,
    guard: BlobGuard,
) -> TaskRunner:
    store, clock = adapters.store, adapters.clock
    passages = PassageVectors(store, encoder)
    ingestion = IngestionService(
        store,
        adapters.blobs,
        adapters.parser,
        passages,
        vectors,
        Attachments(store, adapters.archives, uploads, signals),
        clock,
        signals,
        max_passages=settings.max_file_passages,
    )
    handlers = TaskHandlers(
        ingestion,
        expansion,
        Deletion(store, adapters.blobs, vectors, guard, signals),
        Reindexing(store, adapters.index, passages, vectors, signals, rollover),
        Fetching(store, adapters.fetcher, uploads, ingestion, clock, signals),
        sync,
        erasure,
        proving,
        quality.measuring,
        services.access.scope_for_task,
        services.access.scope_for_maintenance,
    )
    exclusive = settings.effective_database_url.startswith("sqlite")
    queue = TaskQueue(store, signals)
    return TaskRunner(queue, handlers, signals, concurrency=settings.task_concurrency, exclusive=exclusive)


def _model_settings(settings: Settings) -> ModelSettings:
    command = pull_command(settings.generator_model)
    return ModelSettings(settings.generator.value, settings.ollama_host, settings.generator_model, command)


def _public(settings: Settings) -> PublicSettings:
    address = settings.effective_public_url
    is_secure = address.startswith("https://")
    return PublicSettings(
        public_url=address,
        version=VERSION,
        session_cookie_name="__Host-ragapp" if is_secure else "ragapp_session",
        session_cookie_secure=is_secure,
        origins=settings.origins,
        proxies=settings.proxies,
        generator_model="" if settings.generator is GeneratorKind.EXTRACTIVE else settings.generator_model,
    )


async def _forget_unfinished_uploads(settings: Settings, blobs: BlobStore) -> None:
    """Remove what a dead process was still writing; nobody of this process writes yet."""
    with hold(_guests_lock(settings)) as is_alone:
        if is_alone:
            await blobs.sweep_temporary(older_than_s=0)


async def _recover(application: Application) -> None:
    """Settle what a dead process left behind; a part that is down must not keep the rest from starting."""

    async def recover(scope: TenantScope) -> None:
        await application.services.runs.interrupt_unfinished(scope)
        await application.verification.recover(scope)

    await _for_every_tenant(application, recover, "recovery.skipped")()


async def _start_tasks(application: Application, adapters: _Adapters, stack: AsyncExitStack) -> None:
    queue_due = partial(application.source_sync.queue_due, scope_for_task=application.services.access.scope_for_task)
    reconcile = _for_every_tenant(application, application.verification.reconcile, "reconcile.skipped")
    queue_due_sources = _for_every_tenant(application, queue_due, "sources.skipped")
    delete_outdated_chats = _for_every_tenant(application, application.retention.run, "retention.skipped")
    await application.runner.start()
    stack.push_async_callback(application.runner.stop)
    schedule = build_schedule(application.runner, adapters.blobs, reconcile, queue_due_sources)
    schedule.add_job(application.services.mail.deliver_due, "interval", seconds=_MAIL_EVERY_S, id="mail")
    look, write = application.services.health_history.record, application.services.usage.write_searches
    schedule.add_job(look, "interval", args=[_UPKEEP], seconds=_HEALTH_EVERY_S, id="health")
    schedule.add_job(write, "interval", args=[_UPKEEP], seconds=_TALLY_EVERY_S, id="searches")
    schedule.add_job(delete_outdated_chats, "cron", hour=_RETENTION_HOUR, id="retention")
    schedule.start()
    stack.callback(schedule.shutdown, wait=False)
    stack.push_async_callback(_end, asyncio.create_task(reconcile()))


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has let go of its connections."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _for_every_tenant(
    application: Application, act: Callable[[TenantScope], Awaitable[object]], skipped: str
) -> Callable[[], Coroutine[object, object, None]]:
    """Return a function that acts for one tenant after another; one where it fails is logged as `skipped`."""

    async def act_for_every_tenant() -> None:
        access = application.services.access
        for tenant_id in await access.tenant_ids():
            try:
                await act(await access.scope_for_maintenance(tenant_id))
            except RagAppError as error:
                _log.warning(skipped, tenant_id=tenant_id, code=error.code)

    return act_for_every_tenant
