"""The audit log: events appended to a chain in the transaction of the act they record."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.audit import NO_TARGET, PLATFORM_CHAIN, AuditAction, AuditEntry, AuditTarget, Seal, with_name
from ragapp.core.errors import Details
from ragapp.core.ids import TenantId
from ragapp.core.ports import Clock
from ragapp.models import OWNER_KEY, AuditEvent, Installation, Tenant

FIRST_HASH = "0" * 64


class AuditRepository:
    """One chain, bound to its tenant (or to the platform) and to who acts."""

    def __init__(
        self, session: AsyncSession, clock: Clock, seal: Seal, *, tenant_id: TenantId, actor_id: str, origin: str
    ) -> None:
        self._session = session
        self._clock = clock
        self._seal = seal
        self._tenant_id = tenant_id
        self._actor_id = actor_id
        self._origin = origin

    async def record(
        self, action: AuditAction, target: AuditTarget = NO_TARGET, details: Details | None = None
    ) -> None:
        """Append an event. Writers of one chain queue here until their transaction ends, so it has no gap and no fork.

        Args:
            action: What was done.
            target: To what.
            details: Ids, numbers, names of settings and of what holds content; never addresses, names of people or
                what they write in private.
        """
        await self._wait_for_turn()
        last = await self._last()
        entry = AuditEntry(
            tenant_id=self._tenant_id,
            sequence=last.sequence + 1 if last else 1,
            at=self._clock.now(),
            actor_id=self._actor_id,
            origin=self._origin,
            action=action.value,
            target=target,
            details=with_name(target, details),
        )
        self._session.add(_row(entry, self._seal(entry.canonical(last.hash if last else FIRST_HASH))))
        await self._session.flush()

    async def list_events(
        self,
        *,
        limit: int,
        before: int | None = None,
        actions: Sequence[str] = (),
        actor_id: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        target: AuditTarget = NO_TARGET,
    ) -> list[AuditEvent]:
        """Return events, newest first, with a sequence below `before`; empty filters let everything through."""
        statement = select(AuditEvent).where(self._mine)
        if before is not None:
            statement = statement.where(col(AuditEvent.sequence) < before)
        if actions:
            statement = statement.where(col(AuditEvent.action).in_(actions))
        if actor_id:
            statement = statement.where(AuditEvent.actor_id == actor_id)
        if since is not None:
            statement = statement.where(col(AuditEvent.at) >= since)
        if until is not None:
            statement = statement.where(col(AuditEvent.at) < until)
        if target.kind:
            statement = statement.where(AuditEvent.target_kind == target.kind, AuditEvent.target_id == target.id)
        ordered = statement.order_by(col(AuditEvent.sequence).desc()).limit(limit)
        return list(await self._session.exec(ordered))

    async def list_chain(self, *, after: int, limit: int) -> list[AuditEvent]:
        """Return events in the order of the chain, with a sequence above `after`."""
        statement = select(AuditEvent).where(self._mine, col(AuditEvent.sequence) > after)
        return list(await self._session.exec(statement.order_by(col(AuditEvent.sequence)).limit(limit)))

    def is_sealed(self, event: AuditEvent, previous_hash: str) -> bool:
        """Return whether the event is what was sealed after `previous_hash`."""
        return self._seal(entry_of(event).canonical(previous_hash)) == event.hash

    async def _wait_for_turn(self) -> None:
        """Lock what the chain belongs to: a tenant's row, or the one that says who owns the installation."""
        if self._tenant_id == PLATFORM_CHAIN:
            owner = select(Installation.key).where(Installation.key == OWNER_KEY)
            await self._session.exec(owner.with_for_update())
        else:
            own = select(Tenant.id).where(Tenant.id == self._tenant_id)
            # Rows of the tenant that were just inserted hold a share of this one: that must not exclude the turn.
            await self._session.exec(own.with_for_update(key_share=True))

    async def _last(self) -> AuditEvent | None:
        newest = select(AuditEvent).where(self._mine).order_by(col(AuditEvent.sequence).desc()).limit(1)
        return (await self._session.exec(newest)).first()

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(AuditEvent.tenant_id) == self._tenant_id


def entry_of(event: AuditEvent) -> AuditEntry:
    """Return a stored event as it was hashed."""
    return AuditEntry(
        tenant_id=event.tenant_id,
        sequence=event.sequence,
        at=event.at,
        actor_id=event.actor_id,
        origin=event.origin,
        action=event.action,
        target=AuditTarget(event.target_kind, event.target_id),
        details=event.details,
    )


def _row(entry: AuditEntry, sealed: str) -> AuditEvent:
    return AuditEvent(
        tenant_id=entry.tenant_id,
        sequence=entry.sequence,
        at=entry.at,
        actor_id=entry.actor_id,
        origin=entry.origin,
        action=entry.action,
        target_kind=entry.target.kind,
        target_id=entry.target.id,
        details=dict(entry.details),
        hash=sealed,
    )
