"""Members: who belongs to the tenant, with which role. Every change reads the actor's rights again, under a lock."""

from typing import Protocol

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import Details, InvalidInput, LastOwner, NotAuthenticated, PermissionDenied, QuotaExceeded
from ragapp.core.ids import UserId
from ragapp.core.ports import Clock
from ragapp.core.scope import (
    ROLE_PERMISSIONS,
    Permission,
    Role,
    TenantScope,
    is_at_least,
    require,
    require_person,
    require_recent,
)
from ragapp.services.paging import page_limit
from ragapp.services.tenancy.member_views import MemberStatus, MemberView
from ragapp.services.views import Page
from ragapp.store.memberships import Member
from ragapp.store.store import Store, TenantTransaction
from ragapp.store.tenants import limits_of


class Forget(Protocol):
    """Makes what was just changed about somebody hold in this process at once."""

    def __call__(self, *, user_id: str = "", tenant_id: str = "", credential_id: str = "") -> None:
        """Forget what is remembered about a person, a tenant or a credential."""


class MemberService:
    """Lists members and changes their role and state.

    Nobody gives or takes a role above their own, and an organisation always keeps an active owner. The chats of a
    removed member stay for the tenant's retention, closed to everybody else; `erase_chats` deletes them at once.
    """

    def __init__(self, store: Store, clock: Clock, forget: Forget) -> None:
        self._store = store
        self._clock = clock
        self._forget = forget

    async def list(
        self, scope: TenantScope, *, limit: int = 50, cursor: str | None = None, query: str = ""
    ) -> Page[MemberView]:
        """Return members, those who joined last first; `query` searches names and addresses.

        Raises:
            PermissionDenied: no right to manage members. InvalidInput: a bad cursor or limit.
        """
        require(scope, Permission.MANAGE_MEMBERS)
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            rows, next_cursor = await tx.memberships.list_page(limit=limit, cursor=cursor, query=query.strip()[:200])
        return Page(tuple(_view(scope, row) for row in rows), next_cursor)

    async def get(self, scope: TenantScope, user_id: UserId) -> MemberView:
        """Return one member.

        Raises:
            NotFound: nobody here. PermissionDenied: no right to manage members.
        """
        async with self._store.read(scope) as tx:
            member = await tx.memberships.get(user_id)
        require(scope, Permission.MANAGE_MEMBERS)
        return _view(scope, member)

    async def change_role(self, scope: TenantScope, user_id: UserId, role: Role) -> MemberView:
        """Give a member another role.

        Raises:
            NotFound: nobody here. PermissionDenied: the old or the new role is above the caller's own.
            LastOwner: nobody else owns the organisation. ReauthenticationRequired: the password is due again.
        """
        async with self._store.begin(scope) as tx:
            member = await self._open(tx, scope, user_id)
            await ensure_grantable(tx, scope, role)
            before = Role(member.membership.role)
            if role is not before:
                if before is Role.OWNER:
                    await _ensure_another_owner(tx, user_id)
                await tx.memberships.change(user_id, role=role.value)
                details = {"from": before.value, "to": role.value}
                await tx.audit.record(AuditAction.MEMBER_ROLE_CHANGED, AuditTarget("user", user_id), details)
        self._forget(user_id=user_id)
        return await self.get(scope, user_id)

    async def deactivate(self, scope: TenantScope, user_id: UserId) -> MemberView:
        """Keep a member out, at once; their sessions end and their keys are revoked.

        Raises:
            NotFound, PermissionDenied, LastOwner, ReauthenticationRequired: as for `change_role`.
        """
        async with self._store.begin(scope) as tx:
            member = await self._open(tx, scope, user_id)
            if member.membership.status == MemberStatus.ACTIVE:
                await _ensure_spare(tx, member)
                await tx.memberships.change(user_id, status=MemberStatus.INACTIVE.value)
                await tx.memberships.end_credentials(user_id)
                await tx.usage.give_back(member_count=1)
                await tx.audit.record(AuditAction.MEMBER_DEACTIVATED, AuditTarget("user", user_id))
        self._forget(user_id=user_id)
        return _view(scope, await self._read(scope, user_id))

    async def reactivate(self, scope: TenantScope, user_id: UserId) -> MemberView:
        """Let a member in again; their keys stay revoked.

        Raises:
            NotFound, PermissionDenied, ReauthenticationRequired: as for `change_role`.
            QuotaExceeded: the plan has no room for one more.
        """
        async with self._store.begin(scope) as tx:
            member = await self._open(tx, scope, user_id)
            if member.membership.status != MemberStatus.ACTIVE:
                await take_seat(tx)
                await tx.memberships.change(user_id, status=MemberStatus.ACTIVE.value)
                await tx.audit.record(AuditAction.MEMBER_REACTIVATED, AuditTarget("user", user_id))
        return await self.get(scope, user_id)

    async def remove(self, scope: TenantScope, user_id: UserId, *, erase_chats: bool = False) -> None:
        """End a membership, at once; anybody may leave, but not by a key, and managers of members remove others.

        Raises:
            NotFound, PermissionDenied, LastOwner, ReauthenticationRequired: as for `change_role`.
        """
        async with self._store.begin(scope) as tx:
            member = await self._open(tx, scope, user_id, may_be_self=True)
            was_active = member.membership.status == MemberStatus.ACTIVE
            await _ensure_spare(tx, member)
            chat_count = await tx.memberships.delete_chats(user_id) if erase_chats else 0
            await tx.memberships.remove(user_id)
            if was_active:
                await tx.usage.give_back(member_count=1)
            details: Details = {"role": member.membership.role, "erased_chats": chat_count}
            await tx.audit.record(AuditAction.MEMBER_REMOVED, AuditTarget("user", user_id), details)
        self._forget(user_id=user_id)

    async def _read(self, scope: TenantScope, user_id: UserId) -> Member:
        async with self._store.read(scope) as tx:
            return await tx.memberships.get(user_id)

    async def _open(
        self, tx: TenantTransaction, scope: TenantScope, user_id: UserId, *, may_be_self: bool = False
    ) -> Member:
        """Lock the tenant's members and return one whom the caller may manage; oneself only in person."""
        await tx.tenant.get(for_change=True)
        member = await tx.memberships.get(user_id)
        is_self = user_id == scope.user_id
        if not (may_be_self and is_self):
            require(scope, Permission.MANAGE_MEMBERS)
            await ensure_grantable(tx, scope, Role(member.membership.role))
        if is_self:
            require_person(scope, self._clock.now())
        require_recent(scope, self._clock.now())
        return member


async def ensure_grantable(tx: TenantTransaction, scope: TenantScope, role: Role) -> None:
    """Check, at this moment, that the caller may manage members and that a role is not above their own.

    Raises:
        NotAuthenticated: no active member any more. PermissionDenied: not theirs to give or take.
    """
    acting = await tx.memberships.find_active(scope.user_id)
    if acting is None:
        raise NotAuthenticated
    own = Role(acting.role)
    if Permission.MANAGE_MEMBERS not in ROLE_PERMISSIONS[own] or not is_at_least(own, role):
        raise PermissionDenied(details={"role": role.value})


async def take_seat(tx: TenantTransaction) -> None:
    """Count one more member; the tenant must be locked.

    Raises:
        QuotaExceeded: the plan has no room.
    """
    limit = limits_of(await tx.tenant.get()).max_members
    if not await tx.usage.take("member_count", 1, limit=limit):
        raise QuotaExceeded(details={"limit": "max_members", "max": limit})


def checked_role(role: str) -> Role:
    """Return a role by its name.

    Raises:
        InvalidInput: there is no such role.
    """
    if role not in set(Role):
        raise InvalidInput("Choose owner, admin, editor or member.", details={"field": "role"})
    return Role(role)


async def _ensure_spare(tx: TenantTransaction, member: Member) -> None:
    if Role(member.membership.role) is Role.OWNER and member.membership.status == MemberStatus.ACTIVE:
        await _ensure_another_owner(tx, UserId(member.user.id))


async def _ensure_another_owner(tx: TenantTransaction, user_id: UserId) -> None:
    if not await tx.memberships.count_other_owners(user_id):
        raise LastOwner


def _view(scope: TenantScope, member: Member) -> MemberView:
    user, membership = member.user, member.membership
    return MemberView(
        id=UserId(user.id),
        email=user.email,
        name=user.name,
        role=Role(membership.role),
        status=MemberStatus(membership.status),
        joined_at=membership.created_at,
        last_seen_at=member.last_seen_at,
        is_you=user.id == scope.user_id,
        has_second_factor=user.totp_confirmed_at is not None,
    )
