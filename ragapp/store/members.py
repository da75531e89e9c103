"""Members of the tenant: people as their colleagues see them."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col, select

from ragapp.core.errors import NotFound
from ragapp.models import Membership, Tenant, User, with_words
from ragapp.store.repository import TenantRepository


class MemberRepository(TenantRepository):
    """Users who are members of the bound tenant."""

    async def get_self(self) -> tuple[User, Tenant, Membership]:
        """Return the acting user with tenant and membership."""
        statement = (
            select(User, Tenant, Membership)
            .join(Membership, col(Membership.user_id) == User.id)
            .join(Tenant, col(Tenant.id) == Membership.tenant_id)
            .where(Membership.tenant_id == self._tenant_id, Membership.user_id == self._scope.user_id)
        )
        row = (await self._session.exec(statement)).first()
        if row is None:
            raise NotFound
        return row

    async def names_of(self, user_ids: Sequence[str]) -> dict[str, str]:
        """Return the names of those users who are (or were) members of this tenant."""
        if not user_ids:
            return {}
        statement = (
            select(User.id, User.name)
            .join(Membership, col(Membership.user_id) == User.id)
            .where(Membership.tenant_id == self._tenant_id, col(User.id).in_(set(user_ids)))
        )
        return dict((await self._session.exec(statement)).all())

    async def change_self(self, **values: str) -> None:
        """Store the acting user's own name, language or theme."""
        mine = update(User).where(col(User.id) == self._scope.user_id)
        await self._session.exec(mine.values(**with_words(User, values)))
