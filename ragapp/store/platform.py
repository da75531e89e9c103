"""Accounts, credentials and the task queue: rows that are read before a tenant is known. Never content."""

from datetime import date, datetime

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.audit import PLATFORM_CHAIN, Seal
from ragapp.core.errors import AlreadySetUp, NameTaken
from ragapp.core.ids import TenantId
from ragapp.core.ports import Clock
from ragapp.core.scope import PlatformScope
from ragapp.models import OWNER_KEY, ApiKey, Installation, KnowledgeBase, Membership, Tenant, TenantTotals, User
from ragapp.store.audit import AuditRepository
from ragapp.store.erasure import TenantErasure
from ragapp.store.external import ExternalSignInRepository
from ragapp.store.flags import PlatformFlagRepository
from ragapp.store.health import HealthRepository
from ragapp.store.invitations import InvitationLookup
from ragapp.store.outbox import OutboxRepository
from ragapp.store.proofs import ProofRepository
from ragapp.store.queue import TaskQueueRepository
from ragapp.store.sessions import SessionRepository
from ragapp.store.statement_guard import PLATFORM, bind_tenant
from ragapp.store.tenant_directory import TenantDirectory
from ragapp.store.usage import UsageRepository, usage_of_all

_SETUP_TOKEN_KEY = "setup_token_hash"  # noqa: S105 - the name of a row


class AccountRepository:
    """Tenants, users, memberships and keys."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def has_owner(self) -> bool:
        """Return whether the first owner exists."""
        return await self._session.get(Installation, OWNER_KEY) is not None

    async def claim_ownership(self, user_id: str) -> None:
        """Record the first owner; of any number of racing claims exactly one succeeds.

        Raises:
            AlreadySetUp: somebody else was first.
        """
        try:
            async with self._session.begin_nested():
                self._session.add(Installation(key=OWNER_KEY, value=user_id))
        except IntegrityError as error:
            raise AlreadySetUp from error

    async def setup_token_hash(self) -> str | None:
        """Return the hash of the one-time set-up token, if one was made."""
        row = await self._session.get(Installation, _SETUP_TOKEN_KEY)
        return row.value if row else None

    async def replace_setup_token_hash(self, token_hash: str | None) -> None:
        """Store a new hash, or forget the token."""
        row = await self._session.get(Installation, _SETUP_TOKEN_KEY)
        if row is not None:
            await self._session.delete(row)
            await self._session.flush()
        if token_hash is not None:
            self._session.add(Installation(key=_SETUP_TOKEN_KEY, value=token_hash))

    async def add_tenant(self, tenant: Tenant, knowledge_base: KnowledgeBase) -> None:
        """Create a tenant with its default knowledge base.

        Raises:
            NameTaken: the slug is in use.
        """
        try:
            async with self._session.begin_nested():
                self._session.add(tenant)
                await self._session.flush()
                self._session.add(TenantTotals(tenant_id=tenant.id))
                await self._bind_tenant(tenant.id)
                self._session.add(knowledge_base)
                await self._session.flush()
                await self._bind_tenant(PLATFORM)
        except IntegrityError as error:
            raise NameTaken from error

    async def _bind_tenant(self, tenant_id: str) -> None:
        """Let the database accept the new tenant's first row; afterwards the transaction is the platform's again."""
        if self._session.get_bind().dialect.name == "postgresql":
            await self._session.exec(select(func.set_config("app.tenant_id", tenant_id, True)))
        else:
            bind_tenant((await self._session.connection()).sync_connection, tenant_id)

    async def add_user(self, user: User) -> None:
        """Create a user.

        Raises:
            NameTaken: the e-mail address is in use.
        """
        try:
            async with self._session.begin_nested():
                self._session.add(user)
        except IntegrityError as error:
            raise NameTaken from error

    async def add_membership(self, membership: Membership) -> None:
        """Make a user a member of a tenant and count them; whether there is room is for the caller to have asked."""
        self._session.add(membership)
        await self._session.flush()
        await self._session.exec(
            update(TenantTotals)
            .where(col(TenantTotals.tenant_id) == membership.tenant_id)
            .values(member_count=col(TenantTotals.member_count) + 1)
        )

    async def find_user(self, email: str) -> User | None:
        """Return the user with that (lowercase) address."""
        return (await self._session.exec(select(User).where(User.email == email))).first()

    async def find_tenant(self, slug: str) -> Tenant | None:
        """Return the tenant with that slug."""
        return (await self._session.exec(select(Tenant).where(Tenant.slug == slug))).first()

    async def list_tenant_ids(self) -> list[str]:
        """Return the ids of all tenants, oldest first."""
        return list(await self._session.exec(select(Tenant.id).order_by(col(Tenant.created_at), Tenant.id)))

    async def memberships_of(self, user_id: str) -> list[tuple[Membership, Tenant]]:
        """Return the active memberships of a user in active tenants, oldest first."""
        statement = (
            select(Membership, Tenant)
            .join(Tenant, col(Tenant.id) == Membership.tenant_id)
            .where(Membership.user_id == user_id, Membership.status == "active", Tenant.status == "active")
            .order_by(col(Membership.created_at), Membership.tenant_id)
        )
        return list(await self._session.exec(statement))

    async def find_member(self, tenant_id: str, user_id: str) -> tuple[User, Tenant, Membership] | None:
        """Return user, tenant and membership if all three are active."""
        statement = (
            select(User, Tenant, Membership)
            .join(Membership, col(Membership.user_id) == User.id)
            .join(Tenant, col(Tenant.id) == Membership.tenant_id)
            .where(
                Membership.tenant_id == tenant_id,
                Membership.user_id == user_id,
                Membership.status == "active",
                Tenant.status == "active",
                User.status == "active",
            )
        )
        return (await self._session.exec(statement)).first()

    async def first_owner_of(self, tenant_id: str) -> str | None:
        """Return the user id of the tenant's longest-standing owner."""
        statement = (
            select(Membership.user_id)
            .where(Membership.tenant_id == tenant_id, Membership.role == "owner", Membership.status == "active")
            .order_by(col(Membership.created_at))
        )
        return (await self._session.exec(statement)).first()

    async def add_api_key(self, key: ApiKey) -> None:
        """Store a new key (its hash)."""
        self._session.add(key)

    async def find_api_key(self, key_hash: str, *, at: datetime) -> ApiKey | None:
        """Return the key with that hash if it is neither revoked nor expired."""
        key = (await self._session.exec(select(ApiKey).where(ApiKey.key_hash == key_hash))).first()
        if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
            return None
        return key


class PlatformTransaction:
    """One transaction over accounts and the queue."""

    def __init__(self, session: AsyncSession, scope: PlatformScope, clock: Clock, seal: Seal) -> None:
        self.scope = scope
        self._session = session
        self._clock = clock
        self._seal = seal
        self.accounts = AccountRepository(session, clock)
        self.erasure = TenantErasure(session)
        self.external = ExternalSignInRepository(session)
        self.flags = PlatformFlagRepository(session, scope, clock)
        self.health = HealthRepository(session)
        self.outbox = OutboxRepository(session)
        self.proofs = ProofRepository(session)
        self.invitations = InvitationLookup(session, clock)
        self.queue = TaskQueueRepository(session, clock)
        self.tenants = TenantDirectory(session, clock)
        self.sessions = SessionRepository(session)

    def audit(self, tenant_id: TenantId = PLATFORM_CHAIN, *, actor_id: str | None = None) -> AuditRepository:
        """Return the audit chain of a tenant, or of the platform itself.

        Args:
            tenant_id: Whose chain.
            actor_id: Who acts, where that is not the scope's own user (somebody who is just signing in).
        """
        acting = actor_id if actor_id is not None else self.scope.user_id or ""
        return AuditRepository(
            self._session,
            self._clock,
            self._seal,
            tenant_id=tenant_id,
            actor_id=acting,
            origin=self.scope.origin.value,
        )

    def usage(self, tenant_id: TenantId) -> UsageRepository:
        """Return the counters of a tenant."""
        return UsageRepository(self._session, self._clock, tenant_id)

    async def usage_of_all(self, since: date, until: date) -> list[tuple[str, str, int]]:
        """Return (tenant id, metric, amount) over all tenants, both days included."""
        return await usage_of_all(self._session, since, until)
