"""Where a person is signed in: to look at, to end, to confirm, to carry over to another organisation."""

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidCredentials, NotAuthenticated, NotFound, SignInNotAllowed
from ragapp.core.ids import ProviderId, SessionId, TenantId
from ragapp.core.ports import Clock, PasswordHasher, SecretBox
from ragapp.core.scope import Role, TenantScope, ensure_person
from ragapp.models import Session, Tenant, User
from ragapp.services.access import AccessService
from ragapp.services.identity.account_views import SessionView, TenantChoice
from ragapp.services.identity.confirmation import Confirmations, acting
from ragapp.services.identity.devices import device_words
from ragapp.services.identity.one_time_codes import OneTimeCodes
from ragapp.services.identity.passwords import MAX_PASSWORD_CHARACTERS
from ragapp.services.identity.session_opening import IDLE_SESSION, NewSession, SessionKind, SessionOpener, Visit
from ragapp.services.views import Credential
from ragapp.store.store import Store


class SessionService:
    """A member's own sessions; needs no permission."""

    def __init__(
        self,
        store: Store,
        hasher: PasswordHasher,
        secrets: SecretBox,
        clock: Clock,
        confirmations: Confirmations,
        access: AccessService,
        opener: SessionOpener,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._codes = OneTimeCodes(secrets)
        self._clock = clock
        self._confirmations = confirmations
        self._access = access
        self._opener = opener

    async def list_own(self, scope: TenantScope) -> tuple[SessionView, ...]:
        """Return where the caller is signed in, at whatever organisation, the place used last first.

        Raises:
            PermissionDenied: a key asks.
        """
        ensure_person(scope)
        now = self._clock.now()
        async with self._store.read_platform(acting(scope)) as tx:
            rows = await tx.sessions.list_of(scope.user_id)
            names = {tenant.id: tenant.name for _, tenant in await tx.accounts.memberships_of(scope.user_id)}
        return tuple(
            _view(row, names.get(row.tenant_id, ""), scope)
            for row in rows
            if row.expires_at > now and (row.kind != SessionKind.BROWSER or row.seen_at > now - IDLE_SESSION)
        )

    async def revoke(self, scope: TenantScope, session_id: SessionId) -> None:
        """End one of the caller's sessions at once.

        Raises:
            NotFound: it is not the caller's, or has ended. PermissionDenied: a key asks.
        """
        ensure_person(scope)
        async with self._store.begin_platform(acting(scope)) as tx:
            if not await tx.sessions.remove_one(session_id, scope.user_id):
                raise NotFound
            chain = tx.audit(scope.tenant_id)
            await chain.record(AuditAction.SESSION_REVOKED, AuditTarget("session", session_id))
        self._access.forget(user_id=scope.user_id)

    async def revoke_others(self, scope: TenantScope) -> int:
        """End all of the caller's sessions but this one and return how many.

        Raises:
            PermissionDenied: a key asks.
        """
        ensure_person(scope)
        async with self._store.begin_platform(acting(scope)) as tx:
            count = await tx.sessions.remove_all(user_id=scope.user_id, except_id=scope.credential_id)
            chain = tx.audit(scope.tenant_id)
            await chain.record(AuditAction.SESSION_REVOKED, AuditTarget("user", scope.user_id), {"count": count})
        self._access.forget(user_id=scope.user_id)
        return count

    async def confirm(self, scope: TenantScope, *, password: str = "", code: str = "") -> None:
        """Prove again who is at the other end: with the password or, where there is none, with a second factor.

        Raises:
            InvalidCredentials: it is not right. RateLimited: too many tries.
            NotAuthenticated: this account has neither: sign in anew instead. PermissionDenied: a key asks.
        """
        ensure_person(scope)
        async with self._confirmations.trying(scope) as user:
            if not await self._is_proven(scope, user, password, code):
                raise InvalidCredentials
        async with self._store.begin_platform(acting(scope)) as tx:
            await tx.sessions.authenticate_again(scope.credential_id, self._clock.now())
        self._access.forget(credential_id=scope.credential_id)

    async def list_tenants(self, scope: TenantScope) -> tuple[TenantChoice, ...]:
        """Return the organisations the caller may go to with this session, this one included."""
        async with self._store.read_platform(acting(scope)) as tx:
            session = await tx.sessions.find_by_id(scope.credential_id)
            places = await tx.accounts.memberships_of(scope.user_id)
        return tuple(
            TenantChoice(
                TenantId(tenant.id),
                tenant.slug,
                tenant.name,
                Role(membership.role),
                tenant.id == scope.tenant_id,
            )
            for membership, tenant in places
            if tenant.id == scope.tenant_id or _may_follow(session, tenant, Role(membership.role))
        )

    async def switch(self, scope: TenantScope, slug: str, visit: Visit) -> Credential:
        """Go on in another organisation of the caller's: a new session there, and this one ends.

        Raises:
            NotFound: not one of theirs. SignInNotAllowed: it wants its own sign-in service to be used.
            PermissionDenied: a key asks.
        """
        ensure_person(scope)
        async with self._store.begin_platform(acting(scope)) as tx:
            session = await tx.sessions.find_by_id(scope.credential_id)
            user = await tx.proofs.find_person(scope.user_id)
            places = await tx.accounts.memberships_of(scope.user_id)
            chosen = next((place for place in places if place[1].slug == slug), None)
            if session is None or session.kind != SessionKind.BROWSER or user is None or chosen is None:
                raise NotFound
            role, tenant = Role(chosen[0].role), chosen[1]
            if tenant.id != scope.tenant_id and not _may_follow(session, tenant, role):
                raise SignInNotAllowed
            await tx.sessions.remove_one(session.id, scope.user_id)
            follower = follow(session, user, tenant, role, visit)
            credential = await self._opener.open(tx, follower, action=AuditAction.TENANT_SWITCHED)
        self._access.forget(credential_id=scope.credential_id)
        return credential

    async def _is_proven(self, scope: TenantScope, user: User, password: str, code: str) -> bool:
        if user.password_hash is not None:
            return await self._hasher.verify(user.password_hash, password[:MAX_PASSWORD_CHARACTERS])
        if user.totp_confirmed_at is None:
            raise NotAuthenticated
        async with self._store.begin_platform(acting(scope)) as tx:
            return await self._codes.use(tx, user, code, self._clock.now())


def follow(session: Session, user: User, tenant: Tenant, role: Role, visit: Visit) -> NewSession:
    """Return the session that takes another's place: as strong, as recently confirmed, and ending no later."""
    return NewSession(
        user,
        tenant,
        role,
        visit,
        has_second_factor=session.has_second_factor,
        provider_id=ProviderId(session.provider_id) if session.provider_id else None,
        authenticated_at=session.authenticated_at,
        ends_at=session.expires_at,
    )


def _may_follow(session: Session | None, tenant: Tenant, role: Role) -> bool:
    """Whoever was named by one organisation's sign-in service is known to that organisation only."""
    if session is None or session.provider_id is not None:
        return False
    return tenant.password_sign_in or role is Role.OWNER


def _view(row: Session, tenant_name: str, scope: TenantScope) -> SessionView:
    return SessionView(
        id=SessionId(row.id),
        kind=row.kind,
        device=device_words(row.user_agent),
        address=row.address,
        tenant_name=tenant_name,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        is_current=row.id == scope.credential_id,
    )
