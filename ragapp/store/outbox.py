"""Mail on its way: written in the transaction that causes it, delivered afterwards."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.models import OutboxMail

_QUEUED = "queued"


class OutboxRepository:
    """Messages that are to be sent, and what became of them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, mail: OutboxMail) -> None:
        """Queue a message."""
        self._session.add(mail)

    async def due(self, at: datetime, limit: int) -> Sequence[OutboxMail]:
        """Return messages whose time has come, the oldest first."""
        statement = (
            select(OutboxMail)
            .where(OutboxMail.status == _QUEUED, col(OutboxMail.run_after) <= at)
            .order_by(col(OutboxMail.run_after), OutboxMail.id)
            .limit(limit)
        )
        return list(await self._session.exec(statement))

    async def claim(self, mail: OutboxMail, until: datetime) -> bool:
        """Take a message to deliver it; nobody else gets it before `until`. Return False if somebody was first."""
        statement = (
            update(OutboxMail)
            .where(
                col(OutboxMail.id) == mail.id,
                col(OutboxMail.status) == _QUEUED,
                col(OutboxMail.attempts) == mail.attempts,
            )
            .values(attempts=mail.attempts + 1, run_after=until)
        )
        return (await self._session.exec(statement)).rowcount == 1

    async def finish(self, mail_id: str, *, status: str, at: datetime, error: str = "") -> None:
        """Close a message: what it said, links included, is kept no longer."""
        await self._change(mail_id, status=status, sent_at=at, error=error, payload="")

    async def postpone(self, mail_id: str, *, until: datetime, error: str) -> None:
        """Try a message again later."""
        await self._change(mail_id, run_after=until, error=error)

    async def remove_closed(self, before: datetime) -> None:
        """Forget messages that were sent or given up long ago."""
        closed = delete(OutboxMail).where(col(OutboxMail.status) != _QUEUED, col(OutboxMail.created_at) < before)
        await self._session.exec(closed)

    async def _change(self, mail_id: str, **values: object) -> None:
        await self._session.exec(update(OutboxMail).where(col(OutboxMail.id) == mail_id).values(**values))
