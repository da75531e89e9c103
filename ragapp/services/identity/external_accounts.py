"""Whom an identity from elsewhere signs in. An e-mail address alone never opens an account that exists."""

from dataclasses import dataclass
from datetime import datetime

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import ExternalAccountNotLinked, ExternalAccountUnknown, IdentityTaken, QuotaExceeded
from ragapp.core.identity_providers import VerifiedIdentity
from ragapp.core.ids import TenantId, new_id
from ragapp.core.plans import Plan, effective_limits
from ragapp.core.scope import Role, is_at_least
from ragapp.models import Identity, IdentityProvider, Invitation, Membership, Tenant, User
from ragapp.services.identity.mail_domains import domain_of
from ragapp.store.platform import PlatformTransaction

_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Entrance:
    """Through which service of which tenant somebody comes, and when."""

    tenant: Tenant
    provider: IdentityProvider
    at: datetime


async def find_or_add_account(
    tx: PlatformTransaction, entrance: Entrance, identity: VerifiedIdentity
) -> tuple[User, Role]:
    """Return the active member whom an identity names, made now where an invitation or the tenant's domain allows it.

    Raises:
        ExternalAccountUnknown: it names nobody who is active here.
        ExternalAccountNotLinked: the address has an account already.
        QuotaExceeded: the tenant has no room for another member.
    """
    known = await tx.external.find_identity(identity.issuer, identity.subject)
    if known is None:
        return await _join(tx, entrance, identity)
    member = await tx.accounts.find_member(entrance.tenant.id, known.user_id)
    if member is None:
        raise ExternalAccountUnknown
    await tx.external.touch_identity(known, entrance.at)
    return member[0], Role(member[2].role)


async def link(tx: PlatformTransaction, identity: VerifiedIdentity, user_id: str, at: datetime) -> None:
    """Let an identity sign a user in from now on.

    Raises:
        IdentityTaken: it names somebody else.
    """
    known = await tx.external.find_identity(identity.issuer, identity.subject)
    if known is not None:
        if known.user_id != user_id:
            raise IdentityTaken
        await tx.external.touch_identity(known, at)
        return
    row = Identity(issuer=identity.issuer, subject=identity.subject, user_id=user_id, created_at=at, seen_at=at)
    await tx.external.add_identity(row)


async def _join(tx: PlatformTransaction, entrance: Entrance, identity: VerifiedIdentity) -> tuple[User, Role]:
    invitation = await _usable_invitation(tx, entrance, identity.email)
    is_ours = domain_of(identity.email) in entrance.provider.domains
    existing = await tx.accounts.find_user(identity.email) if identity.email else None
    if existing is not None:
        # Only where it gives nothing away: the tenant knows its members and the people of its own domains.
        if is_ours or await tx.external.is_member(entrance.tenant.id, existing.id):
            raise ExternalAccountNotLinked
        raise ExternalAccountUnknown
    if invitation is None and not (entrance.provider.auto_join and is_ours):
        raise ExternalAccountUnknown
    role = Role(invitation.role if invitation else entrance.provider.default_role)
    user = await _add_member(tx, entrance, identity, role)
    if invitation is not None:
        await tx.external.accept_invitation(invitation, user.id, at=entrance.at)
    return user, role


async def _usable_invitation(tx: PlatformTransaction, entrance: Entrance, email: str) -> Invitation | None:
    """Return the open invitation of an address, if who invited may still give that role."""
    if not email:
        return None
    found = await tx.external.find_open_invitation(entrance.tenant.id, email, at=entrance.at)
    inviter = await tx.external.find_inviter(found) if found else None
    if found is None or inviter is None or not is_at_least(Role(inviter.role), Role(found.role)):
        return None
    return found


async def _add_member(
    tx: PlatformTransaction, entrance: Entrance, identity: VerifiedIdentity, role: Role
) -> User:
    tenant = entrance.tenant
    await _ensure_room(tx, tenant)
    user = User(
        id=new_id(),
        email=identity.email,
        name=" ".join(identity.name.split())[:_MOST_CHARACTERS] or identity.email.partition("@")[0],
        language=tenant.language,
        created_at=entrance.at,
    )
    await tx.accounts.add_user(user)
    await tx.accounts.add_membership(
        Membership(tenant_id=tenant.id, user_id=user.id, role=role, created_at=entrance.at)
    )
    await link(tx, identity, user.id, entrance.at)
    chain = tx.audit(TenantId(tenant.id), actor_id=user.id)
    details = {"role": role.value, "provider_id": entrance.provider.id}
    await chain.record(AuditAction.MEMBER_JOINED, AuditTarget("user", user.id), details)
    return user


async def _ensure_room(tx: PlatformTransaction, tenant: Tenant) -> None:
    most = effective_limits(Plan(tenant.plan), tenant.limits, tenant.caps or {}).max_members
    # Taking nothing below the limit locks the counter: of racing newcomers at most as many as fit come in.
    if most is not None and not await tx.usage(TenantId(tenant.id)).take("member_count", 0, limit=most - 1):
        raise QuotaExceeded(details={"limit": "max_members", "max": most})
