"""The unit of work: the only place that commits, and the only way to a repository."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.audit import Seal, unkeyed_seal
from ragapp.core.ports import Clock
from ragapp.core.precedence import Precedence
from ragapp.core.scope import Origin, PlatformScope, TenantScope
from ragapp.store.api_keys import ApiKeyRepository
from ragapp.store.audit import AuditRepository
from ragapp.store.bad_ratings import BadRatingRepository
from ragapp.store.base_members import BaseMemberRepository
from ragapp.store.chats import ChatRepository
from ragapp.store.chats_of_others import ChatsOfOthersRepository
from ragapp.store.chunks import ChunkRepository
from ragapp.store.collections import CollectionRepository
from ragapp.store.documents import DocumentRepository
from ragapp.store.engine import empty_journal
from ragapp.store.erasure import ContentErasure
from ragapp.store.filing import FilingRepository
from ragapp.store.flags import FlagRepository
from ragapp.store.idempotency import IdempotencyRepository
from ragapp.store.invitations import InvitationRepository
from ragapp.store.knowledge_bases import KnowledgeBaseRepository
from ragapp.store.members import MemberRepository
from ragapp.store.memberships import MembershipRepository
from ragapp.store.messages import MessageRepository
from ragapp.store.missing_reports import MissingReportRepository
from ragapp.store.outbox import OutboxRepository
from ragapp.store.people import PeopleRepository
from ragapp.store.platform import PlatformTransaction
from ragapp.store.providers import ProviderRepository
from ragapp.store.quality_questions import QualityQuestionRepository
from ragapp.store.quality_runs import QualityRunRepository
from ragapp.store.retention import RetentionRepository
from ragapp.store.shares import ShareRepository
from ragapp.store.sources import SourceRepository
from ragapp.store.statement_guard import PLATFORM, bind_tenant
from ragapp.store.tasks import TaskRepository
from ragapp.store.tenants import OwnTenantRepository
from ragapp.store.usage import UsageRepository
from ragapp.store.versions import VersionRepository

_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class TenantTransaction:
    """One transaction of one tenant; every repository in it is bound to that tenant."""

    def __init__(self, session: AsyncSession, scope: TenantScope, clock: Clock, seal: Seal) -> None:
        bound = (session, scope, clock)
        self.api_keys = ApiKeyRepository(*bound)
        self.audit = AuditRepository(
            session, clock, seal, tenant_id=scope.tenant_id, actor_id=scope.user_id, origin=scope.origin.value
        )
        self.bad_ratings = BadRatingRepository(*bound)
        self.base_members = BaseMemberRepository(*bound)
        self.chats = ChatRepository(*bound)
        self.chats_of_others = ChatsOfOthersRepository(*bound)
        self.chunks = ChunkRepository(*bound)
        self.collections = CollectionRepository(*bound)
        self.documents = DocumentRepository(*bound)
        self.erasure = ContentErasure(*bound)
        self.filing = FilingRepository(*bound)
        self.flags = FlagRepository(*bound)
        self.idempotency = IdempotencyRepository(*bound)
        self.invitations = InvitationRepository(*bound)
        self.knowledge_bases = KnowledgeBaseRepository(*bound)
        self.members = MemberRepository(*bound)
        self.memberships = MembershipRepository(*bound)
        self.messages = MessageRepository(*bound)
        self.missing_reports = MissingReportRepository(*bound)
        self.outbox = OutboxRepository(session)
        self.people = PeopleRepository(*bound)
        self.retention = RetentionRepository(*bound)
        self.shares = ShareRepository(*bound)
        self.providers = ProviderRepository(*bound)
        self.quality_questions = QualityQuestionRepository(*bound)
        self.quality_runs = QualityRunRepository(*bound)
        self.sources = SourceRepository(*bound)
        self.tasks = TaskRepository(*bound)
        self.tenant = OwnTenantRepository(*bound)
        self.usage = UsageRepository(session, clock, scope.tenant_id)
        self.versions = VersionRepository(*bound)


class Store:
    """Opens transactions. `begin` writes, `read` does not and never waits for writers.

    Those of background work let questions that are under way pass, for a moment at most.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock, seal: Seal = unkeyed_seal) -> None:
        self.precedence = Precedence()
        self._engine = engine
        self._seal = seal
        self._reader = engine.execution_options(ragapp_read_only=True)
        self._clock = clock
        self._on_postgres = engine.dialect.name == "postgresql"
        # SQLite has one writer and lets the others poll with growing pauses: here they queue instead.
        self._writer: asyncio.Lock | nullcontext[None] = nullcontext() if self._on_postgres else asyncio.Lock()

    @asynccontextmanager
    async def begin(self, scope: TenantScope) -> AsyncIterator[TenantTransaction]:
        """Open a writing transaction of the scope's tenant; commits on success, rolls back on error."""
        await self._give_way(scope)
        async with self._writer, self._session(self._engine) as session:
            await self._bind(session, "app.tenant_id", scope.tenant_id, scope.tenant_id)
            yield TenantTransaction(session, scope, self._clock, self._seal)

    @asynccontextmanager
    async def read(self, scope: TenantScope) -> AsyncIterator[TenantTransaction]:
        """Open a reading transaction of the scope's tenant."""
        await self._give_way(scope)
        async with self._session(self._reader) as session:
            await self._bind(session, "app.tenant_id", scope.tenant_id, scope.tenant_id)
            yield TenantTransaction(session, scope, self._clock, self._seal)

    @asynccontextmanager
    async def begin_platform(self, scope: PlatformScope) -> AsyncIterator[PlatformTransaction]:
        """Open a writing transaction over accounts and the task queue, never over content."""
        await self._give_way(scope)
        async with self._writer, self._session(self._engine) as session:
            await self._bind(session, "app.platform", "on", PLATFORM)
            yield PlatformTransaction(session, scope, self._clock, self._seal)

    @asynccontextmanager
    async def read_platform(self, scope: PlatformScope) -> AsyncIterator[PlatformTransaction]:
        """Open a reading transaction over accounts and the task queue."""
        async with self._session(self._reader) as session:
            await self._bind(session, "app.platform", "on", PLATFORM)
            yield PlatformTransaction(session, scope, self._clock, self._seal)

    async def scrub(self) -> bool:
        """Let SQLite's journal forget what was deleted (the file itself is overwritten); return whether it has.

        PostgreSQL's own vacuum does the same in its time; the application's role may not.
        """
        async with self._writer:
            return await empty_journal(self._engine)

    @property
    def database_version(self) -> dict[str, str]:
        """Return {name of the database: its version}, empty before the first connection."""
        dialect = self._engine.dialect
        found = getattr(dialect, "server_version_info", None)
        return {_DATABASES[dialect.name]: ".".join(map(str, found))} if found else {}

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    async def _give_way(self, scope: TenantScope | PlatformScope) -> None:
        if scope.origin is Origin.TASK:
            await self.precedence.give_way()

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def _bind(self, session: AsyncSession, name: str, value: str, tenant: str) -> None:
        connection = await session.connection()
        if self._on_postgres:
            # Transaction-local and parameterised: a pooled connection never carries it to the next tenant.
            await connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})
        else:
            bind_tenant(connection.sync_connection, tenant)
