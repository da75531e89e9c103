"""Who may come in: the only place where a scope is born."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ragapp.core.errors import (
    AlreadySetUp,
    InvalidCredentials,
    InvalidEmail,
    InvalidInput,
    InvalidSetupToken,
    NotAuthenticated,
)
from ragapp.core.ids import KnowledgeBaseId, TenantId, UserId, new_id
from ragapp.core.ports import Clock, PasswordHasher
from ragapp.core.scope import ROLE_PERMISSIONS, Origin, PlatformScope, Role, TenantScope
from ragapp.models import KnowledgeBase, Membership, Session, Tenant, User
from ragapp.services.passwords import MAX_PASSWORD_CHARACTERS, ensure_strong
from ragapp.services.tokens import TokenKind, digest, is_kind, mint
from ragapp.services.views import Credential, MeView, TenantView, UserView
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store

BROWSER_SESSION = timedelta(days=7)
ACCESS_TOKEN = timedelta(hours=1)
_TOUCH_EVERY = timedelta(minutes=10)
_SCOPE_CACHE = timedelta(seconds=1)
_SCOPE_CACHE_SIZE = 4096
_EMAIL = re.compile(r"[^@\s,;<>\x00-\x1f\"]{1,64}@[^@\s,;<>\x00-\x1f\"]{1,185}\.[^@\s.,;<>\x00-\x1f\"]{2,63}")
_PLATFORM = PlatformScope(Origin.CONSOLE)

SampleLoader = Callable[[TenantScope], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A person and the organisation to create for them."""

    email: str
    password: str
    name: str
    organisation: str
    language: str = "en"


class AccessService:
    """Turns credentials into scopes. Scopes are remembered for at most one second, so revocation reaches everything."""

    def __init__(self, store: Store, hasher: PasswordHasher, clock: Clock, load_samples: SampleLoader) -> None:
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._load_samples = load_samples
        self._recent: dict[str, tuple[datetime, TenantScope]] = {}

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
        self,
        *,
        setup_token: str,
        email: str,
        password: str,
        name: str,
        organisation: str,
        language: str = "en",
        load_samples: bool = False,
        user_agent: str = "",
    ) -> Credential:
        """Create the first owner with their organisation, sign them in and, if wanted, queue the sample documents.

        Raises:
            AlreadySetUp: somebody was first. InvalidSetupToken: not the token printed on the console.
            WeakPassword, InvalidEmail, InvalidInput: see the message.
        """
        async with self._store.read_platform(_PLATFORM) as tx:
            await _ensure_setup_token(tx, setup_token)
        account = _checked(NewAccount(email, password, name, organisation, language))
        password_hash = await self._hasher.hash(account.password)
        async with self._store.begin_platform(_PLATFORM) as tx:
            await _ensure_setup_token(tx, setup_token)
            user, tenant = await _create_owner(tx, account, password_hash)
            credential = await self._open_session(tx, user, tenant, Role.OWNER, TokenKind.BROWSER, user_agent)
        if load_samples:
            await self._load_samples(_scope(tenant.id, user.id, Role.OWNER, Origin.SESSION))
        return credential

    async def create_owner(self, account: NewAccount, *, slug: str, is_operator: bool) -> TenantScope:
        """Create an owner from the console; the first one becomes the installation's owner.

        Raises:
            NameTaken: e-mail or tenant is in use. WeakPassword, InvalidEmail, InvalidInput: see the message.
        """
        checked = _checked(account)
        password_hash = await self._hasher.hash(checked.password)
        async with self._store.begin_platform(_PLATFORM) as tx:
            first = not await tx.accounts.has_owner()
            user, tenant = await _create_owner(
                tx, checked, password_hash, slug=slug, claim=first, is_operator=is_operator or first
            )
            return _scope(tenant.id, user.id, Role.OWNER, Origin.CONSOLE)

    async def sign_in(
        self, *, email: str, password: str, tenant: str | None = None, user_agent: str = ""
    ) -> Credential:
        """Check a password and open a browser session.

        Raises:
            InvalidCredentials: unknown address, wrong password, or not a member of `tenant`: one answer for all.
        """
        return await self._sign_in(email, password, tenant, TokenKind.BROWSER, user_agent)

    async def issue_token(
        self, *, email: str, password: str, otp: str | None = None, tenant: str | None = None
    ) -> Credential:
        """Check a password and issue a short-lived access token.

        Raises:
            InvalidCredentials: as for `sign_in`; also when a one-time code is given, as no account here has one.
        """
        if otp:
            raise InvalidCredentials
        return await self._sign_in(email, password, tenant, TokenKind.ACCESS, "")

    async def sign_out(self, session_token: str) -> None:
        """End a browser session at once."""
        self._recent.pop(session_token, None)
        async with self._store.begin_platform(_PLATFORM) as tx:
            await tx.accounts.remove_session(digest(session_token))

    async def scope_of_session(self, session_token: str | None) -> TenantScope:
        """Return the scope of a browser session.

        Raises:
            NotAuthenticated: no such session, or it has ended.
        """
        if not session_token or not is_kind(session_token, TokenKind.BROWSER):
            raise NotAuthenticated
        return await self._scope_of(session_token, Origin.SESSION)

    async def scope_of_bearer(self, token: str) -> TenantScope:
        """Return the scope of an API key or access token.

        Raises:
            NotAuthenticated: unknown, revoked or expired.
        """
        if is_kind(token, TokenKind.API_KEY):
            return await self._scope_of(token, Origin.API_KEY)
        if is_kind(token, TokenKind.ACCESS):
            return await self._scope_of(token, Origin.ACCESS_TOKEN)
        raise NotAuthenticated

    async def scope_for_task(self, tenant_id: TenantId, actor_id: UserId) -> TenantScope:
        """Return the scope a leased task runs under: its actor's rights as they are now.

        Raises:
            NotAuthenticated: the actor is no longer an active member.
        """
        async with self._store.read_platform(_PLATFORM) as tx:
            return await _member_scope(tx, tenant_id, actor_id, Origin.TASK)

    async def scope_for_maintenance(self, tenant_id: TenantId) -> TenantScope:
        """Return a scope for upkeep of a tenant (reconciling, rebuilding), under its longest-standing owner.

        Raises:
            NotAuthenticated: the tenant has no active owner.
        """
        async with self._store.read_platform(_PLATFORM) as tx:
            owner = await tx.accounts.first_owner_of(tenant_id)
            if owner is None:
                raise NotAuthenticated
            return await _member_scope(tx, tenant_id, owner, Origin.TASK)

    async def scope_for_console(self, tenant_slug: str) -> TenantScope:
        """Return an owner's scope for somebody who holds the machine itself.

        Raises:
            NotAuthenticated: no such tenant, or it has no active owner.
        """
        async with self._store.read_platform(_PLATFORM) as tx:
            tenant = await tx.accounts.find_tenant(tenant_slug)
            owner = await tx.accounts.first_owner_of(tenant.id) if tenant else None
            if tenant is None or owner is None:
                raise NotAuthenticated(f'There is no organisation with the short name "{tenant_slug}".')
            return await _member_scope(tx, tenant.id, owner, Origin.CONSOLE)

    async def tenant_ids(self) -> tuple[TenantId, ...]:
        """Return every tenant of the installation, for upkeep."""
        async with self._store.read_platform(_PLATFORM) as tx:
            return tuple(TenantId(tenant_id) for tenant_id in await tx.accounts.list_tenant_ids())

    async def _sign_in(
        self, email: str, password: str, tenant_slug: str | None, kind: TokenKind, user_agent: str
    ) -> Credential:
        address = email.strip().lower()[:254]
        async with self._store.read_platform(_PLATFORM) as tx:
            user = await tx.accounts.find_user(address)
            memberships = await tx.accounts.memberships_of(user.id) if user else []
        usable = user.password_hash if user is not None and user.status == "active" else None
        matches = await self._hasher.verify(usable, password[:MAX_PASSWORD_CHARACTERS])
        chosen = next((pair for pair in memberships if tenant_slug in (None, pair[1].slug)), None)
        if user is None or not matches or chosen is None:
            raise InvalidCredentials
        membership, tenant = chosen
        async with self._store.begin_platform(_PLATFORM) as tx:
            await tx.accounts.remove_expired_sessions(self._clock.now())
            return await self._open_session(tx, user, tenant, Role(membership.role), kind, user_agent)

    async def _open_session(
        self, tx: PlatformTransaction, user: User, tenant: Tenant, role: Role, kind: TokenKind, user_agent: str
    ) -> Credential:
        token = mint(kind)
        lifetime = BROWSER_SESSION if kind is TokenKind.BROWSER else ACCESS_TOKEN
        now = self._clock.now()
        session = Session(
            token_hash=digest(token),
            kind=_SESSION_KINDS[kind],
            tenant_id=tenant.id,
            user_id=user.id,
            user_agent=user_agent[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
        )
        await tx.accounts.add_session(session)
        return Credential(token, int(lifetime.total_seconds()), me_view(user, tenant, role))

    async def _scope_of(self, token: str, origin: Origin) -> TenantScope:
        now = self._clock.now()
        known = self._recent.get(token)
        if known is not None and now - known[0] < _SCOPE_CACHE:
            return known[1]
        scope, session = await self._look_up(token, origin, now)
        if session is not None and now - session.seen_at > _TOUCH_EVERY:
            await self._extend(session, now)
        if len(self._recent) >= _SCOPE_CACHE_SIZE:
            self._recent.clear()
        self._recent[token] = (now, scope)
        return scope

    async def _look_up(self, token: str, origin: Origin, now: datetime) -> tuple[TenantScope, Session | None]:
        async with self._store.read_platform(_PLATFORM) as tx:
            if origin is Origin.API_KEY:
                key = await tx.accounts.find_api_key(digest(token), at=now)
                if key is None:
                    raise NotAuthenticated
                return await _member_scope(tx, key.tenant_id, key.user_id, origin), None
            kind = _SESSION_KINDS[TokenKind.BROWSER if origin is Origin.SESSION else TokenKind.ACCESS]
            session = await tx.accounts.find_session(digest(token), kind=kind, at=now)
            if session is None:
                raise NotAuthenticated
            scope = await _member_scope(tx, session.tenant_id, session.user_id, origin)
            return scope, session if origin is Origin.SESSION else None

    async def _extend(self, session: Session, now: datetime) -> None:
        async with self._store.begin_platform(_PLATFORM) as tx:
            await tx.accounts.touch_session(session.token_hash, seen_at=now, expires_at=now + BROWSER_SESSION)


_SESSION_KINDS = {TokenKind.BROWSER: "browser", TokenKind.ACCESS: "access"}


def me_view(user: User, tenant: Tenant, role: Role) -> MeView:
    """Return what a member sees of themselves."""
    return MeView(
        user=UserView(UserId(user.id), user.email, user.name, user.language),
        tenant=TenantView(TenantId(tenant.id), tenant.slug, tenant.name),
        role=role,
        permissions=ROLE_PERMISSIONS[role],
        limits={name: int(value) for name, value in tenant.limits.items()},
    )


def _scope(tenant_id: str, user_id: str, role: Role, origin: Origin) -> TenantScope:
    return TenantScope(TenantId(tenant_id), UserId(user_id), role, ROLE_PERMISSIONS[role], origin)


async def _member_scope(tx: PlatformTransaction, tenant_id: str, user_id: str, origin: Origin) -> TenantScope:
    member = await tx.accounts.find_member(tenant_id, user_id)
    if member is None:
        raise NotAuthenticated
    return _scope(tenant_id, user_id, Role(member[2].role), origin)


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
) -> tuple[User, Tenant]:
    user = User(
        id=new_id(),
        email=account.email,
        name=account.name,
        password_hash=password_hash,
        language=account.language,
        is_operator=is_operator,
    )
    tenant = Tenant(id=new_id(), slug=slug or slug_of(account.organisation), name=account.organisation)
    if claim:
        await tx.accounts.claim_ownership(user.id)
        await tx.accounts.replace_setup_token_hash(None)
    name = "Dokumenti" if account.language == "hr" else "Documents"
    await tx.accounts.add_tenant(
        tenant, KnowledgeBase(tenant_id=tenant.id, id=KnowledgeBaseId(new_id()), name=name, is_default=True)
    )
    await tx.accounts.add_user(user)
    await tx.accounts.add_membership(Membership(tenant_id=tenant.id, user_id=user.id, role=Role.OWNER))
    return user, tenant


def slug_of(name: str) -> str:
    """Return a short name for URLs and commands: lowercase ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    slug = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
    return slug[:60] or f"tenant-{new_id()[:8]}"


def _checked(account: NewAccount) -> NewAccount:
    email = account.email.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise InvalidEmail
    ensure_strong(account.password, email, account.name, account.organisation)
    organisation = " ".join(account.organisation.split())[:200]
    if not organisation:
        raise InvalidInput("Give your organisation a name.", details={"field": "organisation"})
    name = " ".join(account.name.split())[:200] or email.partition("@")[0]
    language = account.language if account.language in ("hr", "en") else "en"
    return NewAccount(email, account.password, name, organisation, language)
