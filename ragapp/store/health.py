"""How the parts of the service were, minute by minute."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.models import ServiceHealth


class HealthRepository:
    """Looks at the parts of the service. No tenant, no content."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, looks: Sequence[ServiceHealth]) -> None:
        """Keep what was seen; of several processes that look at the same moment one is kept."""
        for look in looks:
            if await self._session.get(ServiceHealth, (look.service, look.checked_at)) is None:
                self._session.add(look)
        await self._session.flush()

    async def prune(self, before: datetime) -> None:
        """Forget what is older."""
        await self._session.exec(delete(ServiceHealth).where(col(ServiceHealth.checked_at) < before))

    async def list_since(self, since: datetime) -> list[ServiceHealth]:
        """Return every look from then on, by service, oldest first."""
        statement = select(ServiceHealth).where(col(ServiceHealth.checked_at) >= since)
        ordered = statement.order_by(col(ServiceHealth.service), col(ServiceHealth.checked_at))
        return list(await self._session.exec(ordered))
