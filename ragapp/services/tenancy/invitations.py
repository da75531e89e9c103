"""Invitations: single-use links bound to an address, a tenant and a role. `joining` is where they are accepted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import AlreadyMember, InvalidInput, LinkNotUsable, RagAppError
from ragapp.core.ids import InvitationId, UserId, new_id
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, Role, TenantScope, require, require_recent
from ragapp.models import Invitation
from ragapp.services.identity.people import checked_email
from ragapp.services.identity.tokens import TokenKind, digest, mint
from ragapp.services.paging import page_limit
from ragapp.services.tenancy.member_views import InvitationLink, InvitationStatus, InvitationView, InviteResult
from ragapp.services.tenancy.members import ensure_grantable
from ragapp.services.views import Page
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store, TenantTransaction

SendInvitation = Callable[
    [TenantTransaction | PlatformTransaction, str, str, Mapping[str, str]], Awaitable[bool]
]
"""Queues the mail (transaction, address, language, {organisation, inviter, link}); False where no mail is sent."""

INVITATION_LIFE = timedelta(days=7)
MAX_INVITED_AT_ONCE = 200


class InvitationService:
    """Makes, lists, renews and withdraws invitations.

    Whether somebody with that address has an account in another organisation is never told: an invitation is made for
    either alike.
    """

    def __init__(self, store: Store, send: SendInvitation, clock: Clock, *, public_url: str) -> None:
        self._store = store
        self._queue_mail = send
        self._clock = clock
        self._public_url = public_url

    async def list(
        self, scope: TenantScope, *, limit: int = 50, cursor: str | None = None
    ) -> Page[InvitationView]:
        """Return invitations, newest first.

        Raises:
            PermissionDenied: no right to manage members. InvalidInput: a bad cursor or limit.
        """
        require(scope, Permission.MANAGE_MEMBERS)
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            rows, next_cursor = await tx.invitations.list_page(limit=limit, cursor=cursor)
            names = await tx.memberships.names_of([row.invited_by for row in rows])
        return Page(tuple(self._view(row, names.get(row.invited_by, "")) for row in rows), next_cursor)

    async def create(self, scope: TenantScope, *, email: str, role: Role) -> InvitationLink:
        """Invite somebody; an open invitation of the same address is replaced.

        Raises:
            PermissionDenied: not the caller's to give. InvalidEmail: see the message.
            AlreadyMember: they belong to this organisation. ReauthenticationRequired: the password is due again.
        """
        require(scope, Permission.MANAGE_MEMBERS)
        require_recent(scope, self._clock.now())
        address = checked_email(email)
        token = mint(TokenKind.INVITATION)
        async with self._store.begin(scope) as tx:
            await tx.tenant.get(for_change=True)
            await ensure_grantable(tx, scope, role)
            if await tx.memberships.find_by_email(address):
                raise AlreadyMember
            now = self._clock.now()
            row = await tx.invitations.add(new_invitation(scope.tenant_id, scope.user_id, address, role, token, now))
            await tx.audit.record(
                AuditAction.MEMBER_INVITED, AuditTarget("invitation", row.id), {"role": role.value}
            )
            return await self._send(tx, scope, row, token)

    async def create_many(self, scope: TenantScope, *, lines: Sequence[str], role: Role) -> tuple[InviteResult, ...]:
        """Invite everybody on a pasted list: each line an address; empty lines and repetitions are skipped.

        Raises:
            PermissionDenied, ReauthenticationRequired: as for `create`. InvalidInput: too many lines.
        """
        require(scope, Permission.MANAGE_MEMBERS)
        wanted = list(dict.fromkeys(part for line in lines for part in _addresses_in(line)))
        if not 1 <= len(wanted) <= MAX_INVITED_AT_ONCE:
            problem = f"Give 1 to {MAX_INVITED_AT_ONCE} addresses at a time, one on each line."
            raise InvalidInput(problem, details={"field": "emails"})
        require_recent(scope, self._clock.now())
        async with self._store.read(scope) as tx:
            await ensure_grantable(tx, scope, role)
        return tuple([await self._invite_line(scope, line, role) for line in wanted])

    async def resend(self, scope: TenantScope, invitation_id: InvitationId) -> InvitationLink:
        """Send an invitation again with a new link that works for the full time; the old link ends.

        Raises:
            NotFound: absent. PermissionDenied, ReauthenticationRequired: as for `create`.
            LinkNotUsable: accepted or withdrawn already.
        """
        token = mint(TokenKind.INVITATION)
        async with self._store.begin(scope) as tx:
            row = await tx.invitations.get(invitation_id)
            require(scope, Permission.MANAGE_MEMBERS)
            require_recent(scope, self._clock.now())
            await tx.tenant.get(for_change=True)
            await ensure_grantable(tx, scope, Role(row.role))
            until = self._clock.now() + INVITATION_LIFE
            if not await tx.invitations.renew(
                invitation_id, token_hash=digest(token), invited_by=scope.user_id, until=until
            ):
                raise LinkNotUsable("This invitation was accepted or withdrawn already. Invite the person again.")
            await tx.audit.record(
                AuditAction.MEMBER_INVITED, AuditTarget("invitation", row.id), {"role": row.role, "again": 1}
            )
            return await self._send(tx, scope, row.model_copy(update={"expires_at": until}), token)

    async def revoke(self, scope: TenantScope, invitation_id: InvitationId) -> None:
        """Withdraw an invitation; one that is not open stays as it is.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage members.
        """
        async with self._store.begin(scope) as tx:
            await tx.invitations.get(invitation_id)
            require(scope, Permission.MANAGE_MEMBERS)
            if await tx.invitations.revoke(invitation_id):
                await tx.audit.record(AuditAction.INVITATION_REVOKED, AuditTarget("invitation", invitation_id))

    async def _invite_line(self, scope: TenantScope, line: str, role: Role) -> InviteResult:
        try:
            return InviteResult(line, await self.create(scope, email=line, role=role))
        except RagAppError as error:
            return InviteResult(line, error_code=error.code, error_message=error.user_message)

    async def _send(self, tx: TenantTransaction, scope: TenantScope, row: Invitation, token: str) -> InvitationLink:
        tenant = await tx.tenant.get()
        inviter = (await tx.memberships.names_of([scope.user_id])).get(scope.user_id, "")
        link = invitation_link(self._public_url, token)
        params = {"organisation": tenant.name, "inviter": inviter, "link": link}
        is_mailed = await self._queue_mail(tx, row.email, tenant.language, params)
        return InvitationLink(self._view(row, inviter), link, is_mailed)

    def _view(self, row: Invitation, invited_by: str) -> InvitationView:
        return InvitationView(
            id=InvitationId(row.id),
            email=row.email,
            role=Role(row.role),
            status=_status(row, self._clock.now()),
            invited_by=invited_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )


def new_invitation(
    tenant_id: str, invited_by: UserId, email: str, role: Role, token: str, now: datetime
) -> Invitation:
    """Return an invitation, not stored yet, that works from now on."""
    return Invitation(
        tenant_id=tenant_id,
        id=new_id(),
        email=email,
        role=role.value,
        token_hash=digest(token),
        invited_by=invited_by,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )


def invitation_link(public_url: str, token: str) -> str:
    """Return the address of the page on which an invitation is accepted."""
    return f"{public_url}/invite?token={quote(token, safe='')}"


def _addresses_in(line: str) -> list[str]:
    """Return what stands between commas and semicolons, without the name around an address in angle brackets."""
    parts = (part.strip() for part in line.replace(";", ",").split(","))
    return [part.rpartition("<")[2].rstrip("> ").strip() for part in parts if part]


def _status(row: Invitation, now: datetime) -> InvitationStatus:
    if row.accepted_at is not None:
        return InvitationStatus.ACCEPTED
    if row.revoked_at is not None:
        return InvitationStatus.REVOKED
    return InvitationStatus.EXPIRED if row.expires_at <= now else InvitationStatus.OPEN
