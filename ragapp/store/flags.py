"""Feature flags: a tenant's own choices, and the operator's."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.flags import Flag, GlobalFlag
from ragapp.core.ports import Clock
from ragapp.core.scope import PlatformScope
from ragapp.models import FeatureFlag, PlatformFlag
from ragapp.store.repository import TenantRepository

_KNOWN = frozenset(Flag)


class FlagRepository(TenantRepository):
    """What a tenant chose, and what the operator decided about everybody."""

    async def choices(self) -> dict[Flag, bool]:
        """Return the tenant's own choices; a flag that the product does not know any more is left out."""
        rows = await self._session.exec(select(FeatureFlag).where(FeatureFlag.tenant_id == self._tenant_id))
        return {Flag(row.name): row.is_on for row in rows if row.name in _KNOWN}

    async def platform(self) -> dict[Flag, GlobalFlag]:
        """Return the operator's decisions."""
        return _decisions(await self._session.exec(select(PlatformFlag)))

    async def choose(self, flag: Flag, is_on: bool | None) -> None:
        """Keep the tenant's choice; None takes it back."""
        mine = (col(FeatureFlag.tenant_id) == self._tenant_id, col(FeatureFlag.name) == flag.value)
        await self._session.exec(delete(FeatureFlag).where(*mine))
        if is_on is not None:
            row = FeatureFlag(tenant_id=self._tenant_id, name=flag.value, is_on=is_on)
            row.updated_by, row.updated_at = self._scope.user_id, self._clock.now()
            self._session.add(row)
            await self._session.flush()


class PlatformFlagRepository:
    """What the operator decided."""

    def __init__(self, session: AsyncSession, scope: PlatformScope, clock: Clock) -> None:
        self._session = session
        self._scope = scope
        self._clock = clock

    async def list(self) -> dict[Flag, GlobalFlag]:
        """Return every decision."""
        return _decisions(await self._session.exec(select(PlatformFlag)))

    async def decide(self, flag: Flag, decision: GlobalFlag | None) -> None:
        """Keep a decision; None takes it back."""
        await self._session.exec(delete(PlatformFlag).where(col(PlatformFlag.name) == flag.value))
        if decision is not None:
            row = PlatformFlag(name=flag.value, is_on=decision.is_on, is_enforced=decision.is_enforced)
            row.updated_by, row.updated_at = self._scope.user_id or "", self._clock.now()
            self._session.add(row)
            await self._session.flush()


def _decisions(rows: Iterable[Any]) -> dict[Flag, GlobalFlag]:
    return {Flag(row.name): GlobalFlag(row.is_on, row.is_enforced) for row in rows if row.name in _KNOWN}
