"""Sign-ins elsewhere, before it is known who comes: services by id, domain or tenant, and whom an identity names."""

from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, not_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.errors import IdentityTaken
from ragapp.models import ExternalLogin, Identity, IdentityProvider, Invitation, Membership, Tenant, User
from ragapp.store.conflicts import translating_conflicts


class ExternalSignInRepository:
    """Identity providers of active tenants, logins under way, and identities."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_provider(self, provider_id: str) -> tuple[IdentityProvider, Tenant] | None:
        """Return an enabled service of an active tenant."""
        wanted = _OFFERED.where(IdentityProvider.id == provider_id)
        return (await self._session.exec(wanted)).first()

    async def list_of_tenant(self, slug: str) -> list[IdentityProvider]:
        """Return the enabled services of the active tenant with that slug, oldest first."""
        offered = await self._session.exec(_OFFERED.where(Tenant.slug == slug).order_by(*_OLDEST_FIRST))
        return [provider for provider, _ in offered]

    async def list_for_domain(self, domain: str) -> list[IdentityProvider]:
        """Return the enabled services that list an e-mail domain, oldest first."""
        listed = cast(col(IdentityProvider.domains), Text).contains(f'"{domain}"', autoescape=True)
        offered = await self._session.exec(_OFFERED.where(listed).order_by(*_OLDEST_FIRST))
        return [provider for provider, _ in offered if domain in provider.domains]

    async def add_login(self, login: ExternalLogin, *, now: datetime) -> None:
        """Remember a sign-in that begins; forget those that ran out."""
        await self._session.exec(delete(ExternalLogin).where(col(ExternalLogin.expires_at) <= now))
        self._session.add(login)
        await self._session.flush()

    async def take_login(self, state_hash: str) -> ExternalLogin | None:
        """Return a sign-in under way and forget it: of any number of callers one gets it."""
        taken = delete(ExternalLogin).where(col(ExternalLogin.state_hash) == state_hash).returning(ExternalLogin)
        return (await self._session.exec(taken)).scalars().first()

    async def find_identity(self, issuer: str, subject: str) -> Identity | None:
        """Return whom an identity names."""
        return await self._session.get(Identity, (issuer, subject))

    async def identities_of(self, user_id: str) -> list[Identity]:
        """Return the identities that sign a user in, oldest first."""
        mine = select(Identity).where(Identity.user_id == user_id)
        return list((await self._session.exec(mine.order_by(col(Identity.created_at), Identity.subject))).all())

    async def add_identity(self, identity: Identity) -> None:
        """Let an identity name a user.

        Raises:
            IdentityTaken: it names one already.
        """
        async with translating_conflicts(self._session, IdentityTaken()):
            self._session.add(identity)

    async def touch_identity(self, identity: Identity, seen_at: datetime) -> None:
        """Write down when it was last used."""
        await self._session.exec(update(Identity).where(_is(identity)).values(seen_at=seen_at))

    async def remove_identity(self, identity: Identity) -> None:
        """Let it name nobody."""
        await self._session.exec(delete(Identity).where(_is(identity)))

    async def has_password(self, user_id: str) -> bool:
        """Return whether a user can sign in without any identity."""
        user = await self._session.get(User, user_id)
        return user is not None and user.password_hash is not None

    async def leaves_linked_owner(self, removed: Identity, tenant_id: str) -> bool:
        """Return whether a tenant without passwords keeps an owner who can come in after `removed` is gone."""
        locked = select(Tenant).where(Tenant.id == tenant_id).with_for_update()
        tenant = (await self._session.exec(locked.execution_options(populate_existing=True))).one()
        if tenant.password_sign_in:
            return True
        others = (
            select(func.count())
            .select_from(Identity)
            .join(Membership, col(Membership.user_id) == Identity.user_id)
            .join(User, col(User.id) == Identity.user_id)
            .join(IdentityProvider, col(IdentityProvider.issuer) == Identity.issuer)
            .where(
                IdentityProvider.tenant_id == tenant_id,
                col(IdentityProvider.is_enabled),
                Membership.tenant_id == tenant_id,
                Membership.role == "owner",
                Membership.status == "active",
                User.status == "active",
                not_(_is(removed)),
            )
        )
        return bool((await self._session.exec(others)).one())

    async def find_open_invitation(self, tenant_id: str, email: str, *, at: datetime) -> Invitation | None:
        """Return the invitation of an address to a tenant that can still be accepted, locked against a second use."""
        open_ones = select(Invitation).where(
            Invitation.tenant_id == tenant_id,
            Invitation.email == email,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.revoked_at).is_(None),
            col(Invitation.expires_at) > at,
        )
        return (await self._session.exec(open_ones.with_for_update())).first()

    async def accept_invitation(self, invitation: Invitation, user_id: str, *, at: datetime) -> None:
        """Close an invitation."""
        await self._session.exec(
            update(Invitation).where(col(Invitation.id) == invitation.id).values(accepted_at=at, accepted_by=user_id)
        )

    async def is_member(self, tenant_id: str, user_id: str) -> bool:
        """Return whether a user belongs to a tenant, in whatever state."""
        return await self._session.get(Membership, (tenant_id, user_id)) is not None

    async def find_inviter(self, invitation: Invitation) -> Membership | None:
        """Return the membership of who invited, if it is active still."""
        found = await self._session.get(Membership, (invitation.tenant_id, invitation.invited_by))
        inviter = await self._session.get(User, invitation.invited_by)
        return found if found and found.status == "active" and inviter and inviter.status == "active" else None


_OFFERED = (
    select(IdentityProvider, Tenant)
    .join(Tenant, col(Tenant.id) == IdentityProvider.tenant_id)
    .where(col(IdentityProvider.is_enabled), Tenant.status == "active")
)
_OLDEST_FIRST = (col(IdentityProvider.created_at), col(IdentityProvider.id))


def _is(identity: Identity) -> ColumnElement[bool]:
    return and_(col(Identity.issuer) == identity.issuer, col(Identity.subject) == identity.subject)
