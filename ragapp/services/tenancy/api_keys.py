"""API keys: long-lived credentials of members for programs. A key never holds more than its owner does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, NotAuthenticated, NotFound, PermissionDenied
from ragapp.core.ids import ApiKeyId, UserId, new_id
from ragapp.core.ports import Clock
from ragapp.core.scope import Origin, Permission, Role, TenantScope, is_at_least, require, require_step_up
from ragapp.models import ApiKey
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.services.paging import page_limit
from ragapp.services.tenancy.member_views import ApiKeyView, NewApiKey
from ragapp.services.tenancy.members import Forget
from ragapp.services.views import Page
from ragapp.store.store import Store, TenantTransaction

MAX_KEY_LIFE = timedelta(days=365 * 5)
_VISIBLE_CHARACTERS = 12
_MAX_NAME_CHARACTERS = 100
_ABOVE = "This key belongs to somebody with more rights than you. Ask them to end it."


class ApiKeyService:
    """Makes, lists and revokes keys: one's own, and with `MANAGE_API_KEYS` everybody's."""

    def __init__(self, store: Store, clock: Clock, forget: Forget) -> None:
        self._store = store
        self._clock = clock
        self._forget = forget

    async def list(
        self, scope: TenantScope, *, limit: int = 50, cursor: str | None = None, of_everybody: bool = False
    ) -> Page[ApiKeyView]:
        """Return keys, newest first, revoked and expired ones too.

        Raises:
            PermissionDenied: no right to use, or for everybody's to manage, keys. InvalidInput: a bad cursor or limit.
        """
        require(scope, Permission.MANAGE_API_KEYS if of_everybody else Permission.USE_API_KEYS)
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            rows, next_cursor = await tx.api_keys.list_page(limit=limit, cursor=cursor, of_everybody=of_everybody)
        return Page(tuple(_view(scope, key, name, Role(role)) for key, name, role in rows), next_cursor)

    async def create(
        self,
        scope: TenantScope,
        *,
        name: str,
        scopes: Sequence[Permission] | None = None,
        expires_at: datetime | None = None,
    ) -> NewApiKey:
        """Make a key for the caller; its token is in the answer and nowhere else.

        One that is made with another key ends with that one: when it expires, and when it is revoked.

        Args:
            scope: Who will own the key.
            name: What it is for.
            scopes: What it may do at most; None is all that its owner may at each moment.
            expires_at: When it ends; None is with the key it is made with, else not by itself.

        Raises:
            PermissionDenied: no right to use keys, or a scope the caller does not hold.
            InvalidInput: no name, no scope, or an expiry that has passed or is after that of the key it is made with.
            ReauthenticationRequired: password due again; an access token needs it since it was issued.
        """
        require(scope, Permission.USE_API_KEYS)
        require_step_up(scope, self._clock.now())
        token = mint(TokenKind.API_KEY)
        key = ApiKey(
            id=new_id(),
            tenant_id=scope.tenant_id,
            user_id=scope.user_id,
            name=_checked_name(name),
            prefix=token[:_VISIBLE_CHARACTERS],
            key_hash=digest(token),
            scopes=_checked_scopes(scope, scopes),
            created_at=self._clock.now(),
            expires_at=self._checked_expiry(expires_at),
        )
        async with self._store.begin(scope) as tx:
            await _bind_to_parent(tx, scope, key)
            await tx.api_keys.add(key)
            details = {"scope_count": len(key.scopes) if key.scopes is not None else None, "parent_id": key.parent_id}
            await tx.audit.record(AuditAction.API_KEY_CREATED, AuditTarget("api_key", key.id), details)
            row, owner_name = await tx.api_keys.get(ApiKeyId(key.id))
        return NewApiKey(_view(scope, row, owner_name, scope.role), token)

    async def revoke(self, scope: TenantScope, api_key_id: ApiKeyId) -> None:
        """End a key and all that were made with it, at once; a colleague's needs the right to manage keys.

        Raises:
            NotFound: absent, or a colleague's and not the caller's to manage.
            PermissionDenied: no right to use keys, or a key of somebody whose role is above the caller's.
        """
        async with self._store.begin(scope) as tx:
            key, _ = await tx.api_keys.get(api_key_id)
            if key.user_id != scope.user_id and Permission.MANAGE_API_KEYS not in scope.permissions:
                raise NotFound
            require(scope, Permission.USE_API_KEYS)
            if key.user_id != scope.user_id:
                await _ensure_not_above(tx, scope, UserId(key.user_id))
            ended = await tx.api_keys.revoke(api_key_id)
            for each in ended:
                details = {"owner_id": key.user_id, "with": None if each == api_key_id else api_key_id}
                await tx.audit.record(AuditAction.API_KEY_REVOKED, AuditTarget("api_key", each), details)
        for each in ended:
            self._forget(credential_id=each)

    def _checked_expiry(self, expires_at: datetime | None) -> datetime | None:
        now = self._clock.now()
        if expires_at is None:
            return None
        if expires_at.tzinfo is None or not now < expires_at <= now + MAX_KEY_LIFE:
            raise InvalidInput("Choose an expiry in the next five years.", details={"field": "expires_at"})
        return expires_at


async def _bind_to_parent(tx: TenantTransaction, scope: TenantScope, key: ApiKey) -> None:
    """Let a key that is made with another one end no later than that one.

    Raises:
        NotAuthenticated: that one has just ended. InvalidInput: the expiry asked for is later.
    """
    if scope.origin is not Origin.API_KEY:
        return
    parent = await tx.api_keys.find_in_use(scope.credential_id)
    if parent is None:
        raise NotAuthenticated
    if parent.expires_at is not None and key.expires_at is not None and key.expires_at > parent.expires_at:
        raise InvalidInput("A key cannot outlive the key it is made with.", details={"field": "expires_at"})
    key.parent_id, key.expires_at = parent.id, key.expires_at or parent.expires_at


async def _ensure_not_above(tx: TenantTransaction, scope: TenantScope, owner_id: UserId) -> None:
    """Check, at this moment, that somebody's role is not above the caller's."""
    acting = await tx.memberships.find_active(scope.user_id)
    if acting is None:
        raise NotAuthenticated
    owner = Role((await tx.memberships.get(owner_id)).membership.role)
    if not is_at_least(Role(acting.role), owner):
        raise PermissionDenied(_ABOVE, details={"role": owner.value})


def offered_scopes(scope: TenantScope) -> tuple[Permission, ...]:
    """Return what a key of the caller may be given."""
    return tuple(each for each in Permission if each in scope.permissions)


def _checked_scopes(scope: TenantScope, scopes: Sequence[Permission] | None) -> list[str] | None:
    if scopes is None:
        # What a program asks for is bounded by its own key, now and later; a person's key follows their role.
        return None if scope.origin is Origin.SESSION else [each.value for each in offered_scopes(scope)]
    if not scopes:
        raise InvalidInput("Choose what the key may do.", details={"field": "scopes"})
    missing = [each for each in scopes if each not in offered_scopes(scope)]
    if missing:
        raise PermissionDenied(details={"permission": missing[0].value})
    return sorted({each.value for each in scopes})


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())[:_MAX_NAME_CHARACTERS]
    if not cleaned:
        raise InvalidInput("Give the key a name.", details={"field": "name"})
    return cleaned


def _view(scope: TenantScope, key: ApiKey, owner_name: str, owner_role: Role) -> ApiKeyView:
    return ApiKeyView(
        id=ApiKeyId(key.id),
        name=key.name,
        prefix=key.prefix,
        scopes=tuple(each for each in Permission if key.scopes is None or each.value in key.scopes),
        owner_id=UserId(key.user_id),
        owner_name=owner_name,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        may_revoke=key.user_id == scope.user_id or is_at_least(scope.role, owner_role),
    )
