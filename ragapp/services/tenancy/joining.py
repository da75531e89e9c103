"""Accepting an invitation: the link's holder proves to be whom it was made for and becomes a member.

Every check is made again at this moment. Why a link does not work is never told.
"""

from dataclasses import dataclass

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import (
    AlreadyMember,
    InvalidCredentials,
    LinkNotUsable,
    NameTaken,
    NotAuthenticated,
    QuotaExceeded,
    SecondFactorRequired,
    SignInNotAllowed,
)
from ragapp.core.ids import InvitationId, TenantId, UserId, new_id
from ragapp.core.ports import Clock, PasswordHasher
from ragapp.core.scope import ROLE_PERMISSIONS, Origin, Permission, PlatformScope, Role, is_at_least
from ragapp.models import Invitation, Membership, Tenant, User
from ragapp.services.access import AccessService
from ragapp.services.identity.passwords import MAX_PASSWORD_CHARACTERS, ensure_strong
from ragapp.services.identity.people import LANGUAGES, checked_name
from ragapp.services.identity.session_opening import NewSession, SessionOpener, Visit
from ragapp.services.identity.throttle import Guess, Throttle
from ragapp.services.identity.tokens import TokenKind, digest, is_kind
from ragapp.services.tenancy.member_views import InvitationOffer
from ragapp.services.tenancy.tenant_views import TenantStatus
from ragapp.services.views import Credential
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store
from ragapp.store.tenants import limits_of

_DOOR = PlatformScope(Origin.SESSION)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the form sends. `session_token` is the browser's session: if it is the invited person's, no password."""

    token: str
    name: str = ""
    password: str = ""
    language: str = "en"
    session_token: str = ""


@dataclass(frozen=True, slots=True)
class _Person:
    """Who accepts: an existing account, or one to be made with the invitation's address."""

    user: User
    is_new: bool


class JoiningService:
    """Shows and accepts invitations. Whether the address has an account is not told before its password is right."""

    def __init__(
        self,
        store: Store,
        hasher: PasswordHasher,
        clock: Clock,
        throttle: Throttle,
        access: AccessService,
        opener: SessionOpener,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._throttle = throttle
        self._access = access
        self._opener = opener

    async def look(self, token: str, session_token: str = "") -> InvitationOffer:
        """Return what a link offers.

        Raises:
            LinkNotUsable: wrong, used, expired, withdrawn, or no longer the inviter's to give: one answer for all.
        """
        signed_in = await self._signed_in_user(session_token)
        async with self._store.read_platform(_DOOR) as tx:
            invitation, tenant = await _open_invitation(tx, token)
            user = await tx.tenants.get_user(signed_in) if signed_in else None
        return InvitationOffer(
            tenant_id=TenantId(tenant.id),
            organisation=tenant.name,
            email=invitation.email,
            role=Role(invitation.role),
            language=tenant.language,
            expires_at=invitation.expires_at,
            is_signed_in=user is not None and user.email == invitation.email,
        )

    async def accept(self, acceptance: Acceptance, visit: Visit) -> Credential:
        """Become a member, with a new account or an existing one, and open a session in that tenant.

        Raises:
            LinkNotUsable: as for `look`; of racing callers exactly one is let in.
            InvalidCredentials: the address has an account and this is not its password. WeakPassword: see the message.
            SecondFactorRequired: the account has a second factor: sign in first, then confirm.
            SignInNotAllowed: the organisation has its own sign-in service. RateLimited: too many guesses.
            AlreadyMember, QuotaExceeded: the person is in already, or there is no room.
        """
        signed_in = await self._signed_in_user(acceptance.session_token)
        async with self._store.read_platform(_DOOR) as tx:
            invitation, tenant = await _open_invitation(tx, acceptance.token)
            known = await tx.accounts.find_user(invitation.email)
        has_session = known is not None and known.id == signed_in
        if known is None or not has_session:
            if not tenant.password_sign_in:
                raise SignInNotAllowed
            person = await self._prove(known, invitation, tenant, acceptance, visit)
        else:
            person = _Person(known, is_new=False)
        return await self._join(person, acceptance, visit)

    async def _signed_in_user(self, session_token: str) -> str:
        try:
            return (await self._access.scope_of_session(session_token, for_account=True)).user_id
        except NotAuthenticated:
            return ""

    async def _prove(
        self, known: User | None, invitation: Invitation, tenant: Tenant, acceptance: Acceptance, visit: Visit
    ) -> _Person:
        guess = Guess(invitation.email, visit.address)
        await self._throttle.admit(guess)
        usable = known.password_hash if known is not None and known.status == "active" else None
        password = acceptance.password[:MAX_PASSWORD_CHARACTERS]
        if await self._hasher.verify(usable, password) and known is not None:
            await self._throttle.succeeded(guess)
            if known.totp_confirmed_at is not None:
                raise SecondFactorRequired
            return _Person(known, is_new=False)
        # A weak password gets the same answer whether or not there is an account: it tells nothing about one.
        ensure_strong(acceptance.password, invitation.email, acceptance.name, tenant.name)
        if known is not None:
            await self._throttle.failed(guess)
            raise InvalidCredentials
        await self._throttle.succeeded(guess)
        user = User(
            id=new_id(),
            email=invitation.email,
            name=checked_name(acceptance.name) or invitation.email.partition("@")[0],
            password_hash=await self._hasher.hash(acceptance.password),
            language=acceptance.language if acceptance.language in LANGUAGES else tenant.language,
            created_at=self._clock.now(),
        )
        return _Person(user, is_new=True)

    async def _join(self, person: _Person, acceptance: Acceptance, visit: Visit) -> Credential:
        async with self._store.begin_platform(_DOOR) as tx:
            invitation, _ = await _open_invitation(tx, acceptance.token)
            tenant_id = TenantId(invitation.tenant_id)
            # The lock under which roles and seats change; what was read before it may be outdated.
            await tx.tenants.get(tenant_id, for_change=True)
            invitation, tenant = await _open_invitation(tx, acceptance.token)
            user = person.user
            await self._ensure_account(tx, person, invitation)
            if not await tx.invitations.accept(tenant_id, InvitationId(invitation.id), UserId(user.id)):
                raise LinkNotUsable
            if await tx.tenants.find_membership(tenant_id, user.id):
                raise AlreadyMember
            await _take_seat(tx, tenant)
            role = Role(invitation.role)
            await tx.tenants.join(
                Membership(tenant_id=tenant_id, user_id=user.id, role=role.value, created_at=self._clock.now())
            )
            details = {"role": role.value, "invitation_id": invitation.id, "invited_by": invitation.invited_by}
            chain = tx.audit(tenant_id, actor_id=user.id)
            await chain.record(AuditAction.MEMBER_JOINED, AuditTarget("user", user.id), details)
            return await self._opener.open(tx, NewSession(user, tenant, role, visit))

    async def _ensure_account(self, tx: PlatformTransaction, person: _Person, invitation: Invitation) -> None:
        """Store a new account, or look at an existing one again: it may have been closed or changed meanwhile."""
        if person.is_new:
            try:
                await tx.accounts.add_user(person.user)
            except NameTaken as error:
                raise InvalidCredentials from error
            return
        now = await tx.accounts.find_user(invitation.email)
        if now is None or now.id != person.user.id or now.status != "active":
            raise InvalidCredentials
        if now.password_hash != person.user.password_hash:
            raise InvalidCredentials


async def _open_invitation(tx: PlatformTransaction, token: str) -> tuple[Invitation, Tenant]:
    """Return an invitation that may be accepted now, and its tenant.

    Raises:
        LinkNotUsable: it may not, for whatever reason.
    """
    found = await tx.invitations.find(digest(token)) if is_kind(token, TokenKind.INVITATION) else None
    if found is None:
        raise LinkNotUsable
    tenant, _ = await tx.tenants.get(TenantId(found.tenant_id))
    if tenant.status != TenantStatus.ACTIVE or not await _may_still_invite(tx, found):
        raise LinkNotUsable
    return found, tenant


async def _may_still_invite(tx: PlatformTransaction, invitation: Invitation) -> bool:
    """Return whether the inviter, as they are now, may grant that role: a member above it, or an operator."""
    inviter = await tx.tenants.get_user(invitation.invited_by)
    if inviter is None or inviter.status != "active":
        return False
    membership = await tx.tenants.find_membership(TenantId(invitation.tenant_id), inviter.id)
    if membership is None or membership.status != "active":
        return membership is None and inviter.is_operator
    own = Role(membership.role)
    return Permission.MANAGE_MEMBERS in ROLE_PERMISSIONS[own] and is_at_least(own, Role(invitation.role))


async def _take_seat(tx: PlatformTransaction, tenant: Tenant) -> None:
    limit = limits_of(tenant).max_members
    if not await tx.usage(TenantId(tenant.id)).take("member_count", 1, limit=limit):
        raise QuotaExceeded(details={"limit": "max_members", "max": limit})
