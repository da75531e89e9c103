"""Removing a tenant from the database: its content in small steps, then what is left with the tenant itself."""

from collections.abc import Sequence

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.ids import TenantId
from ragapp.models import SHARED_TABLES, TENANT_TABLES, Membership, Tenant, User, metadata
from ragapp.store.repository import TenantRepository

_LAST = ("tasks",)
"""The erasing task itself is one of these: it goes with the tenant, so an interrupted erasure is found again."""


def _children_first(names: Sequence[str]) -> list[Table]:
    return [table for table in reversed(metadata.sorted_tables) if table.name in names]


class ContentErasure(TenantRepository):
    """Deletes the bound tenant's content; every table of content there is, also one added later."""

    async def delete_some(self, limit: int) -> int:
        """Delete up to `limit` rows of one table and return how many; 0 when no content is left."""
        for table in _children_first([name for name in TENANT_TABLES if name not in _LAST]):
            keys = list(table.primary_key.columns)
            some = select(*keys).where(table.c.tenant_id == self._tenant_id).limit(limit)
            mine = table.c.tenant_id == self._tenant_id
            deleted = (await self._session.exec(delete(table).where(mine, tuple_(*keys).in_(some)))).rowcount
            if deleted:
                return int(deleted)
        return 0


class TenantErasure:
    """Deletes what the platform may see of a tenant, and the tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def delete_tenant(self, tenant_id: TenantId) -> int:
        """Delete memberships, credentials, counters, tasks, the audit chain and the tenant; return the row count.

        Raises:
            IntegrityError: there is content again; erase it first.
        """
        deleted = 0
        for table in _children_first([*SHARED_TABLES, *_LAST]):
            deleted += (await self._session.exec(delete(table).where(table.c.tenant_id == tenant_id))).rowcount
        deleted += (await self._session.exec(delete(Tenant).where(col(Tenant.id) == tenant_id))).rowcount
        return deleted

    async def list_people_only_here(self, tenant_id: TenantId) -> list[str]:
        """Return the ids of the tenant's people who belong to no other tenant and do not run the platform."""
        elsewhere = select_rows(Membership.user_id).where(col(Membership.tenant_id) != tenant_id)
        statement = select_rows(User.id).join(Membership, col(Membership.user_id) == col(User.id))
        only_here = statement.where(
            Membership.tenant_id == tenant_id, col(User.is_operator).is_(False), col(User.id).not_in(elsewhere)
        )
        return list(await self._session.exec(only_here))

    async def delete_person(self, user_id: str) -> bool:
        """Delete an account, unless something another tenant keeps was made by that person."""
        try:
            async with self._session.begin_nested():
                await self._session.exec(delete(User).where(col(User.id) == user_id))
        except IntegrityError:
            return False
        return True
