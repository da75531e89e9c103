"""Who may come in: the only place where a scope is born."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ragapp.core.errors import NotAuthenticated, PermissionDenied, SecondFactorSetupRequired, TenantSuspended
from ragapp.core.flags import Flag
from ragapp.core.ids import SessionId, TenantId, UserId
from ragapp.core.keyed_locks import KeyedLocks
from ragapp.core.ports import Clock
from ragapp.core.recent import RecentlyRead
from ragapp.core.scope import ROLE_PERMISSIONS, Origin, Permission, PlatformScope, Role, TenantScope
from ragapp.models import ApiKey, Session
from ragapp.services.identity.access_tokens import AccessTokens, looks_signed
from ragapp.services.identity.session_opening import IDLE_SESSION, SessionKind, SessionOpener
from ragapp.services.identity.tokens import TokenKind, digest, is_kind
from ragapp.services.tenancy.flags import FlagService
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store

_TOUCH_EVERY = timedelta(minutes=10)
_PLATFORM = PlatformScope(Origin.CONSOLE)
_PROGRAMS = frozenset({Origin.API_KEY, Origin.ACCESS_TOKEN})
_SESSION_ORIGINS = {SessionKind.BROWSER: Origin.SESSION, SessionKind.ACCESS: Origin.ACCESS_TOKEN}


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a credential was found to stand for."""

    scope: TenantScope
    lacks_second_factor: bool = False
    """The tenant asks for a second factor and this session was opened without one."""
    is_restricted: bool = False
    """A key that carries less than its owner's rights, or a session that a tenant's own sign-in service vouched for."""


class AccessService:
    """Turns credentials into scopes. A scope is remembered for at most one second, so revocation reaches everything."""

    def __init__(
        self, store: Store, clock: Clock, access_tokens: AccessTokens, opener: SessionOpener, flags: FlagService
    ) -> None:
        self._store = store
        self._flags = flags
        self._clock = clock
        self._access_tokens = access_tokens
        self._opener = opener
        self._recent = RecentlyRead[Hashable, _Grant](clock)
        self._looking = KeyedLocks()

    async def scope_of_session(self, session_token: str | None, *, for_account: bool = False) -> TenantScope:
        """Return the scope of a browser session.

        Args:
            session_token: What the cookie holds.
            for_account: Only their own account is touched: that stays possible while a second factor is missing.

        Raises:
            NotAuthenticated: no such session, or it has ended.
            SecondFactorSetupRequired: the tenant asks for a second factor and this person has none yet.
        """
        if not session_token or not is_kind(session_token, TokenKind.BROWSER):
            raise NotAuthenticated
        return _admitted(await self._grant_of(session_token), for_account=for_account)

    async def scope_of_bearer(self, token: str, *, for_account: bool = False) -> TenantScope:
        """Return the scope of an API key or access token; see `scope_of_session`.

        Raises:
            NotAuthenticated: unknown, revoked or expired. SecondFactorSetupRequired: as for a session.
            FeatureDisabled: programs are shut out of this tenant; people in a browser are not.
        """
        if not is_kind(token, TokenKind.API_KEY) and not looks_signed(token):
            raise NotAuthenticated
        scope = _admitted(await self._grant_of(token), for_account=for_account)
        await self._flags.require(scope, Flag.API_ACCESS)
        return scope

    async def refresh(self, scope: TenantScope) -> TenantScope:
        """Return a scope as it is now, for work that outlives its request: streams, sockets, long runs.

        Raises:
            NotAuthenticated: the session or key behind it has ended, or its person is no active member any more.
            SecondFactorSetupRequired: the tenant asks for a second factor now.
            FeatureDisabled: it belongs to a program, and those are shut out now.
        """
        fresh = _admitted(await self._grant_again(scope), for_account=False)
        if fresh.origin in _PROGRAMS:
            await self._flags.require(fresh, Flag.API_ACCESS)
        return fresh

    async def operator_scope(self, scope: TenantScope) -> PlatformScope:
        """Return the scope of a platform operator. Whether they are one is read again, not remembered.

        Raises:
            PermissionDenied: they are not, or came with a key of limited rights.
            NotAuthenticated: the credential has ended.
        """
        grant = await self._grant_again(scope)
        _admitted(grant, for_account=False)
        async with self._store.read_platform(_PLATFORM) as tx:
            person = await tx.proofs.find_person(scope.user_id)
        if person is None or not person.is_operator or person.status != "active" or grant.is_restricted:
            raise PermissionDenied
        return PlatformScope(scope.origin, scope.user_id, grant.scope.credential_id, grant.scope.authenticated_at)

    async def scope_for_task(self, tenant_id: TenantId, actor_id: UserId) -> TenantScope:
        """Return the scope a leased task runs under: its actor's rights as they are now.

        Raises:
            NotAuthenticated: the actor is no longer an active member.
        """
        key = (Origin.TASK, tenant_id, actor_id)
        return (await self._recall(key, partial(self._look_at_member, tenant_id, actor_id, Origin.TASK))).scope

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

    async def scope_for_erasure(self, tenant_id: TenantId) -> TenantScope:
        """Return a scope over what is left of a tenant that is being erased; nobody acts in it any more.

        Raises:
            NotAuthenticated: it is not being erased.
        """
        async with self._store.read_platform(_PLATFORM) as tx:
            tenant, _ = await tx.tenants.get(tenant_id)
        if tenant.status != "erasing":
            raise NotAuthenticated
        return _scope(tenant_id, "", Role.OWNER, Origin.TASK)

    async def tenant_ids(self) -> tuple[TenantId, ...]:
        """Return every tenant of the installation, for upkeep."""
        async with self._store.read_platform(_PLATFORM) as tx:
            return tuple(TenantId(tenant_id) for tenant_id in await tx.accounts.list_tenant_ids())

    def forget(self, *, user_id: str = "", tenant_id: str = "", credential_id: str = "") -> None:
        """Remember nothing about a person, a tenant or a credential: what was just changed holds here at once."""
        self._recent.forget(lambda _, grant: _is_about(grant.scope, user_id, tenant_id, credential_id))

    async def _grant_of(self, token: str) -> _Grant:
        return await self._recall(digest(token), partial(self._look_up, token))

    async def _grant_again(self, scope: TenantScope) -> _Grant:
        key = (scope.origin, scope.credential_id, scope.tenant_id, scope.user_id)
        return await self._recall(key, partial(self._look_again, scope))

    async def _recall(self, key: Hashable, look: Callable[[], Awaitable[_Grant]]) -> _Grant:
        """Return what is remembered, or look; of many who ask at the same moment one looks, and the others wait."""
        if (known := self._recent.find(key)) is not None:
            return known
        async with self._looking.holding(key):
            return self._recent.find(key) or await self._recent.read(key, look)

    async def _look_up(self, token: str) -> _Grant:
        async with self._store.read_platform(_PLATFORM) as tx:
            if is_kind(token, TokenKind.API_KEY):
                key = await tx.accounts.find_api_key(digest(token), at=self._clock.now())
                grant = await _grant_of_key(tx, key) if key else None
                touched: Session | ApiKey | None = key
            else:
                session = await self._find_session(tx, token)
                grant = await self._grant_of_session(tx, session) if session else None
                touched = session
        if grant is None or touched is None:
            raise NotAuthenticated
        await self._touch(touched)
        return grant

    async def _find_session(self, tx: PlatformTransaction, token: str) -> Session | None:
        if is_kind(token, TokenKind.BROWSER):
            return await tx.sessions.find(digest(token), kind=SessionKind.BROWSER)
        claims = self._access_tokens.read(token, at=self._clock.now())
        session = await tx.sessions.find(digest(token), kind=SessionKind.ACCESS)
        if session is None or (session.id, session.user_id, session.tenant_id) != (
            claims.session_id,
            claims.user_id,
            claims.tenant_id,
        ):
            return None
        return session

    async def _look_again(self, scope: TenantScope) -> _Grant:
        if not scope.credential_id:
            return await self._look_at_member(scope.tenant_id, scope.user_id, scope.origin)
        async with self._store.read_platform(_PLATFORM) as tx:
            if scope.origin is Origin.API_KEY:
                key = await tx.sessions.find_key(scope.credential_id)
                usable = key is not None and await tx.accounts.find_api_key(key.key_hash, at=self._clock.now())
                if key is None or not usable:
                    raise NotAuthenticated
                return await _grant_of_key(tx, key)
            session = await tx.sessions.find_by_id(scope.credential_id)
            if session is None or _SESSION_ORIGINS[SessionKind(session.kind)] is not scope.origin:
                raise NotAuthenticated
            return await self._grant_of_session(tx, session)

    async def _look_at_member(self, tenant_id: TenantId, user_id: UserId, origin: Origin) -> _Grant:
        async with self._store.read_platform(_PLATFORM) as tx:
            return _Grant(await _member_scope(tx, tenant_id, user_id, origin))

    async def _grant_of_session(self, tx: PlatformTransaction, session: Session) -> _Grant:
        now = self._clock.now()
        is_idle = session.kind == SessionKind.BROWSER and session.seen_at <= now - IDLE_SESSION
        if is_idle or session.expires_at <= now:
            raise NotAuthenticated
        member = await tx.accounts.find_member(session.tenant_id, session.user_id)
        if member is None:
            raise await _why_absent(tx, session.tenant_id, session.user_id)
        _, tenant, membership = member
        vouched = session.has_second_factor or session.provider_id is not None
        scope = _scope(
            session.tenant_id,
            session.user_id,
            Role(membership.role),
            _SESSION_ORIGINS[SessionKind(session.kind)],
            credential_id=SessionId(session.id),
            authenticated_at=session.authenticated_at,
            confirmed_at=session.authenticated_at if session.authenticated_at > session.created_at else None,
        )
        return _Grant(
            scope,
            lacks_second_factor=tenant.second_factor_required and not vouched,
            is_restricted=session.provider_id is not None,
        )

    async def _touch(self, used: Session | ApiKey) -> None:
        now = self._clock.now()
        last = used.seen_at if isinstance(used, Session) else used.last_used_at
        if last is not None and now - last < _TOUCH_EVERY:
            return
        async with self._store.begin_platform(_PLATFORM) as tx:
            if isinstance(used, Session):
                await tx.sessions.touch(used.id, now)
            else:
                await tx.sessions.touch_key(used.id, now)


def _admitted(grant: _Grant, *, for_account: bool) -> TenantScope:
    if grant.lacks_second_factor and not for_account:
        raise SecondFactorSetupRequired
    return grant.scope


def _is_about(scope: TenantScope, user_id: str, tenant_id: str, credential_id: str) -> bool:
    return scope.user_id == user_id or scope.tenant_id == tenant_id or bool(
        credential_id and scope.credential_id == credential_id
    )


async def _grant_of_key(tx: PlatformTransaction, key: ApiKey) -> _Grant:
    allowed = None if key.scopes is None else frozenset(one for one in Permission if one.value in key.scopes)
    scope = await _member_scope(
        tx, key.tenant_id, key.user_id, Origin.API_KEY, allowed=allowed, credential_id=key.id
    )
    return _Grant(scope, is_restricted=allowed is not None)


async def _why_absent(tx: PlatformTransaction, tenant_id: str, user_id: str) -> NotAuthenticated:
    """Return the error for somebody who may not act: a suspended organisation's own people are told that."""
    membership = await tx.tenants.find_membership(TenantId(tenant_id), user_id)
    if membership is None or membership.status != "active":
        return NotAuthenticated()
    tenant, _ = await tx.tenants.get(TenantId(tenant_id))
    return TenantSuspended() if tenant.status == "suspended" else NotAuthenticated()


async def _member_scope(
    tx: PlatformTransaction,
    tenant_id: str,
    user_id: str,
    origin: Origin,
    *,
    allowed: frozenset[Permission] | None = None,
    credential_id: str = "",
) -> TenantScope:
    member = await tx.accounts.find_member(tenant_id, user_id)
    if member is None:
        raise await _why_absent(tx, tenant_id, user_id)
    role = Role(member[2].role)
    return _scope(tenant_id, user_id, role, origin, allowed=allowed, credential_id=credential_id)


def _scope(
    tenant_id: str,
    user_id: str,
    role: Role,
    origin: Origin,
    *,
    allowed: frozenset[Permission] | None = None,
    credential_id: str = "",
    authenticated_at: datetime | None = None,
    confirmed_at: datetime | None = None,
) -> TenantScope:
    permissions = ROLE_PERMISSIONS[role] if allowed is None else ROLE_PERMISSIONS[role] & allowed
    return TenantScope(
        TenantId(tenant_id), UserId(user_id), role, permissions, origin, credential_id, authenticated_at, confirmed_at
    )
