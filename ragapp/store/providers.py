"""Sign-in services of a tenant, as its owners keep them."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, update
from sqlmodel import col, delete, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import ProviderId
from ragapp.models import Identity, IdentityProvider, Membership, Session, Tenant, User
from ragapp.store.repository import TenantRepository


class ProviderRepository(TenantRepository):
    """The tenant's sign-in services and its policy."""

    async def list_all(self) -> list[IdentityProvider]:
        """Return all of them, oldest first."""
        ordered = select(IdentityProvider).where(self._mine).order_by(
            col(IdentityProvider.created_at), col(IdentityProvider.id)
        )
        return list((await self._session.exec(ordered)).all())

    async def get(self, provider_id: ProviderId) -> IdentityProvider:
        """Return one.

        Raises:
            NotFound: absent, or another tenant's.
        """
        wanted = select(IdentityProvider).where(self._mine, col(IdentityProvider.id) == provider_id)
        found = (await self._session.exec(wanted.execution_options(populate_existing=True))).first()
        if found is None:
            raise NotFound
        return found

    async def add(self, provider: IdentityProvider) -> None:
        """Insert one."""
        self._session.add(provider)
        await self._session.flush()

    async def change(self, provider_id: ProviderId, **values: Any) -> None:
        """Set columns of one."""
        await self._session.exec(
            update(IdentityProvider).where(self._mine, col(IdentityProvider.id) == provider_id).values(**values)
        )

    async def remove(self, provider_id: ProviderId) -> None:
        """Remove one, with the sign-ins under way there."""
        await self._session.exec(delete(IdentityProvider).where(self._mine, col(IdentityProvider.id) == provider_id))

    async def end_sessions(self, provider_id: ProviderId) -> None:
        """End every session that began there."""
        await self._session.exec(
            delete(Session).where(
                col(Session.tenant_id) == self._tenant_id, col(Session.provider_id) == provider_id
            )
        )

    async def lock_policy(self) -> Tenant:
        """Return the tenant; whoever else decides about its ways to sign in waits until this transaction ends."""
        wanted = select(Tenant).where(Tenant.id == self._tenant_id).with_for_update()
        return (await self._session.exec(wanted.execution_options(populate_existing=True))).one()

    async def set_policy(self, **values: bool) -> None:
        """Set the tenant's sign-in columns."""
        await self._session.exec(update(Tenant).where(col(Tenant.id) == self._tenant_id).values(**values))

    async def of_session(self, session_id: str) -> ProviderId | None:
        """Return the enabled service the acting user's session began at."""
        statement = (
            select(IdentityProvider.id)
            .join(Session, and_(self._mine, col(Session.provider_id) == col(IdentityProvider.id)))
            .where(
                Session.id == session_id,
                Session.tenant_id == self._tenant_id,
                Session.user_id == self._scope.user_id,
                col(IdentityProvider.is_enabled),
            )
        )
        found = (await self._session.exec(statement)).first()
        return ProviderId(found) if found else None

    async def has_linked_owner(self, *, without: ProviderId) -> bool:
        """Return whether an active owner can come in through another enabled service."""
        statement = (
            select(func.count())
            .select_from(Membership)
            .join(User, col(User.id) == Membership.user_id)
            .join(Identity, col(Identity.user_id) == Membership.user_id)
            .join(IdentityProvider, and_(self._mine, col(IdentityProvider.issuer) == col(Identity.issuer)))
            .where(self._active_owner, col(IdentityProvider.is_enabled), IdentityProvider.id != without)
        )
        return bool((await self._session.exec(statement)).one())

    async def is_owners_domain(self, domain: str) -> bool:
        """Return whether an active owner has an address in a (lowercase) domain."""
        has_address = col(User.email).endswith(f"@{domain}", autoescape=True)
        owns = exists().where(col(Membership.user_id) == col(User.id), self._active_owner, has_address)
        return bool(await self._session.scalar(select(owns)))

    @property
    def _active_owner(self) -> ColumnElement[bool]:
        return and_(
            col(Membership.tenant_id) == self._tenant_id,
            col(Membership.role) == "owner",
            col(Membership.status) == "active",
            col(User.status) == "active",
        )

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(IdentityProvider.tenant_id) == self._tenant_id
