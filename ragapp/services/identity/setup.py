"""The first owner, and owners made on the console."""

from collections.abc import Awaitable, Callable

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import AlreadySetUp, Details, InvalidSetupToken
from ragapp.core.ids import KnowledgeBaseId, TenantId, UserId, new_id
from ragapp.core.plans import Plan
from ragapp.core.ports import PasswordHasher
from ragapp.core.scope import Origin, PlatformScope, Role, TenantScope
from ragapp.models import KnowledgeBase, Membership, Tenant, User
from ragapp.services.access import AccessService
from ragapp.services.identity.people import NewAccount, checked_account, slug_of
from ragapp.services.identity.session_opening import NewSession, SessionOpener, Visit
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.services.views import Credential
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store

_PLATFORM = PlatformScope(Origin.CONSOLE)
_DOOR = PlatformScope(Origin.SESSION)
_NOBODY = Visit()

SampleLoader = Callable[[TenantScope], Awaitable[int]]


class SetupService:
    """Makes the first owner: exactly one, whoever asks and however many at once."""

    def __init__(
        self,
        store: Store,
        hasher: PasswordHasher,
        access: AccessService,
        opener: SessionOpener,
        load_samples: SampleLoader,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._access = access
        self._opener = opener
        self._load_samples = load_samples

    async def needs_setup(self) -> bool:
        """Return whether this installation still waits for its first owner."""
        async with self._store.read_platform(_PLATFORM) as tx:
            return not await tx.accounts.has_owner()

    async def renew_setup_token(self) -> str | None:
        """Return a new one-time set-up token for the console, or None if there is an owner already."""
        token = mint(TokenKind.SETUP)
        async with self._store.begin_platform(_PLATFORM) as tx:
            if await tx.accounts.has_owner():
                return None
            await tx.accounts.replace_setup_token_hash(digest(token))
        return token

    async def create_first_owner(
        self, account: NewAccount, *, setup_token: str, load_samples: bool = False, visit: Visit = _NOBODY
    ) -> Credential:
        """Create the first owner with their organisation, sign them in and, if wanted, queue the sample documents.

        Raises:
            AlreadySetUp: somebody was first. InvalidSetupToken: not the token printed on the console.
            WeakPassword, InvalidEmail, InvalidInput: see the message.
        """
        async with self._store.read_platform(_PLATFORM) as tx:
            await _ensure_setup_token(tx, setup_token)
        checked = checked_account(account)
        password_hash = await self._hasher.hash(checked.password)
        async with self._store.begin_platform(_DOOR) as tx:
            await _ensure_setup_token(tx, setup_token)
            user, tenant = await _create_owner(tx, checked, password_hash)
            credential = await self._opener.open(tx, NewSession(user, tenant, Role.OWNER, visit))
        if load_samples:
            await self._load_samples(await self._access.scope_of_session(credential.token))
        return credential

    async def create_owner(
        self, account: NewAccount, *, slug: str, is_operator: bool, plan: Plan | None = None
    ) -> TenantScope:
        """Create an owner from the console; the first one becomes the installation's owner.

        Args:
            account: The person and their organisation.
            slug: Its short name.
            is_operator: Whether they also run the platform.
            plan: Its plan; by default the first organisation is not limited and later ones start on the free plan.

        Raises:
            NameTaken: e-mail or tenant is in use. WeakPassword, InvalidEmail, InvalidInput: see the message.
        """
        checked = checked_account(account)
        password_hash = await self._hasher.hash(checked.password)
        async with self._store.begin_platform(_PLATFORM) as tx:
            first = not await tx.accounts.has_owner()
            default = Plan.UNLIMITED if first else Plan.FREE
            user, tenant = await _create_owner(
                tx,
                checked,
                password_hash,
                slug=slug,
                claim=first,
                is_operator=is_operator or first,
                plan=plan or default,
            )
        return await self._access.scope_for_task(TenantId(tenant.id), UserId(user.id))


async def _ensure_setup_token(tx: PlatformTransaction, setup_token: str) -> None:
    if await tx.accounts.has_owner():
        raise AlreadySetUp
    if await tx.accounts.setup_token_hash() != digest(setup_token.strip()):
        raise InvalidSetupToken


async def _create_owner(
    tx: PlatformTransaction,
    account: NewAccount,
    password_hash: str,
    *,
    slug: str = "",
    claim: bool = True,
    is_operator: bool = True,
    plan: Plan = Plan.UNLIMITED,
) -> tuple[User, Tenant]:
    user = User(
        id=new_id(),
        email=account.email,
        name=account.name,
        password_hash=password_hash,
        language=account.language,
        is_operator=is_operator,
    )
    tenant = Tenant(
        id=new_id(),
        slug=slug or slug_of(account.organisation),
        name=account.organisation,
        plan=plan.value,
        language=account.language,
    )
    if claim:
        await tx.accounts.claim_ownership(user.id)
        await tx.accounts.replace_setup_token_hash(None)
    name = "Dokumenti" if account.language == "hr" else "Documents"
    await tx.accounts.add_tenant(
        tenant, KnowledgeBase(tenant_id=tenant.id, id=KnowledgeBaseId(new_id()), name=name, is_default=True)
    )
    await tx.accounts.add_user(user)
    await tx.accounts.add_membership(Membership(tenant_id=tenant.id, user_id=user.id, role=Role.OWNER))
    await _record(tx, user, tenant)
    return user, tenant


async def _record(tx: PlatformTransaction, user: User, tenant: Tenant) -> None:
    """Begin both chains: the platform's with the organisation, the organisation's with its owner."""
    platform, own = tx.audit(actor_id=user.id), tx.audit(TenantId(tenant.id), actor_id=user.id)
    created: Details = {"plan": tenant.plan, "operator": int(user.is_operator)}
    await platform.record(AuditAction.TENANT_CREATED, AuditTarget("tenant", tenant.id), created)
    await own.record(AuditAction.MEMBER_JOINED, AuditTarget("user", user.id), {"role": Role.OWNER.value})
