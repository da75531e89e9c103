"""API keys: long-lived credentials of members for programs. A key never holds more than its owner does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, NotFound, PermissionDenied
from ragapp.core.ids import ApiKeyId, UserId, new_id
from ragapp.core.ports import Clock
from ragapp.core.scope import Origin, Permission, TenantScope, require, require_recent
from ragapp.models import ApiKey
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.services.paging import page_limit
from ragapp.services.tenancy.member_views import ApiKeyView, NewApiKey
from ragapp.services.tenancy.members import Forget
from ragapp.services.views import Page
from ragapp.store.store import Store

MAX_KEY_LIFE = timedelta(days=365 * 5)
_VISIBLE_CHARACTERS = 12
_MAX_NAME_CHARACTERS = 100


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
        return Page(tuple(_view(key, name) for key, name in rows), next_cursor)

    async def create(
        self,
        scope: TenantScope,
        *,
        name: str,
        scopes: Sequence[Permission] | None = None,
        expires_at: datetime | None = None,
    ) -> NewApiKey:
        """Make a key for the caller; its token is in the answer and nowhere else.

        Args:
            scope: Who will own the key.
            name: What it is for.
            scopes: What it may do at most; None is all that its owner may at each moment.
            expires_at: When it ends; None is not by itself.

        Raises:
            PermissionDenied: no right to use keys, or a scope the caller does not hold.
            InvalidInput: no name, no scope, or an expiry that has passed. ReauthenticationRequired: password due again.
        """
        require(scope, Permission.USE_API_KEYS)
        require_recent(scope, self._clock.now())
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
            await tx.api_keys.add(key)
            details = {"scope_count": len(key.scopes) if key.scopes is not None else None}
            await tx.audit.record(AuditAction.API_KEY_CREATED, AuditTarget("api_key", key.id), details)
            row, owner_name = await tx.api_keys.get(ApiKeyId(key.id))
        return NewApiKey(_view(row, owner_name), token)

    async def revoke(self, scope: TenantScope, api_key_id: ApiKeyId) -> None:
        """End a key, at once; a colleague's needs the right to manage keys.

        Raises:
            NotFound: absent, or a colleague's and not the caller's to manage.
        """
        async with self._store.begin(scope) as tx:
            key, _ = await tx.api_keys.get(api_key_id)
            if key.user_id != scope.user_id and Permission.MANAGE_API_KEYS not in scope.permissions:
                raise NotFound
            require(scope, Permission.USE_API_KEYS)
            if await tx.api_keys.revoke(api_key_id):
                await tx.audit.record(
                    AuditAction.API_KEY_REVOKED, AuditTarget("api_key", api_key_id), {"owner_id": key.user_id}
                )
        self._forget(credential_id=api_key_id)

    def _checked_expiry(self, expires_at: datetime | None) -> datetime | None:
        now = self._clock.now()
        if expires_at is None:
            return None
        if expires_at.tzinfo is None or not now < expires_at <= now + MAX_KEY_LIFE:
            raise InvalidInput("Choose an expiry in the next five years.", details={"field": "expires_at"})
        return expires_at


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


def _view(key: ApiKey, owner_name: str) -> ApiKeyView:
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
    )
