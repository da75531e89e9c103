"""What tenants used, per day, metric and person; and what they hold now, with admission to their quotas."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Update, bindparam, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.ids import TenantId
from ragapp.core.ports import Clock
from ragapp.models import TenantTotals, TenantUsage
from ragapp.store.prepared import TENANT, table_of

_COUNTERS = table_of(TenantUsage)


def _adding(dialect: Any) -> Any:
    insert = dialect.insert(_COUNTERS)
    return insert.on_conflict_do_update(
        index_elements=["tenant_id", "day", "metric", "user_id"],
        set_={"amount": _COUNTERS.c.amount + insert.excluded.amount},
    )


_ADD = {"postgresql": _adding(postgresql), "sqlite": _adding(sqlite)}


@cache
def _take(name: str, *, is_limited: bool) -> Update:
    totals = table_of(TenantTotals)
    raised = totals.c[name] + bindparam("amount", type_=BigInteger())
    statement = update(totals).where(totals.c.tenant_id == TENANT).values({name: raised})
    return statement.where(raised <= bindparam("most", type_=BigInteger())) if is_limited else statement


class UsageRepository:
    """Counters of one tenant. Amounts are whole numbers of the metric's own unit."""

    def __init__(self, session: AsyncSession, clock: Clock, tenant_id: TenantId) -> None:
        self._session = session
        self._clock = clock
        self._tenant_id = tenant_id

    async def add(self, user_id: str = "", /, **amounts: int) -> None:
        """Add to today's counters (UTC), all metrics at once."""
        today = self._clock.now().date()
        values = [
            {"tenant_id": self._tenant_id, "day": today, "metric": metric, "user_id": user_id, "amount": amount}
            for metric, amount in amounts.items()
            if amount
        ]
        if not values:
            return
        await self._session.exec(_ADD[self._session.get_bind().dialect.name], params=values)

    async def per_day(self, since: date, until: date) -> list[tuple[date, str, int]]:
        """Return (day, metric, amount) for days from `since` up to and with `until`."""
        statement = (
            select(col(TenantUsage.day), col(TenantUsage.metric), func.sum(TenantUsage.amount))
            .where(self._between(since, until))
            .group_by(col(TenantUsage.day), col(TenantUsage.metric))
            .order_by(col(TenantUsage.day), col(TenantUsage.metric))
        )
        return [(day, metric, int(amount)) for day, metric, amount in await self._session.exec(statement)]

    async def per_user(self, metric: str, since: date, until: date, *, limit: int) -> list[tuple[str, int]]:
        """Return (user id, amount) of one metric, most first."""
        total = func.sum(TenantUsage.amount)
        statement = (
            select(TenantUsage.user_id, total)
            .where(self._between(since, until), TenantUsage.metric == metric, TenantUsage.user_id != "")
            .group_by(col(TenantUsage.user_id))
            .order_by(total.desc(), col(TenantUsage.user_id))
            .limit(limit)
        )
        return [(user_id, int(amount)) for user_id, amount in await self._session.exec(statement)]

    async def of_day(self, day: date) -> list[tuple[str, str, int]]:
        """Return (metric, user id, amount) of one day."""
        statement = select(TenantUsage.metric, TenantUsage.user_id, TenantUsage.amount).where(self._between(day, day))
        ordered = statement.order_by(col(TenantUsage.metric), col(TenantUsage.user_id))
        return [(metric, user_id, int(amount)) for metric, user_id, amount in await self._session.exec(ordered)]

    async def totals(self) -> TenantTotals:
        """Return what the tenant holds now."""
        mine = select(TenantTotals).where(TenantTotals.tenant_id == self._tenant_id)
        found = (await self._session.exec(mine.execution_options(populate_existing=True))).first()
        return found or TenantTotals(tenant_id=self._tenant_id)

    async def hold_totals(self) -> None:
        """Keep others from changing the totals until the transaction ends."""
        mine = select(TenantTotals.tenant_id).where(TenantTotals.tenant_id == self._tenant_id)
        await self._session.exec(mine.with_for_update())

    async def take(self, name: str, amount: int, *, limit: int | None) -> bool:
        """Raise a total unless that would exceed `limit`; of racing callers at most as many as fit succeed.

        Args:
            name: "document_count", "storage_bytes" or "member_count".
            amount: How much, >= 0.
            limit: Most there may be afterwards; None is no limit.

        Returns:
            Whether there was room.
        """
        values = {"of_tenant": self._tenant_id, "amount": amount} | ({} if limit is None else {"most": limit})
        taken = await self._session.exec(_take(name, is_limited=limit is not None), params=values)
        return bool(taken.rowcount == 1)

    async def give_back(self, **amounts: int) -> None:
        """Lower totals, never below zero."""
        lowered = {
            name: func.max(getattr(TenantTotals, name) - amount, 0)
            if self._session.get_bind().dialect.name == "sqlite"
            else func.greatest(getattr(TenantTotals, name) - amount, 0)
            for name, amount in amounts.items()
        }
        await self._session.exec(
            update(TenantTotals).where(col(TenantTotals.tenant_id) == self._tenant_id).values(lowered)
        )

    async def set_totals(self, **amounts: int) -> None:
        """Set totals to what a recount found."""
        await self._session.exec(
            update(TenantTotals).where(col(TenantTotals.tenant_id) == self._tenant_id).values(amounts)
        )

    def _between(self, since: date, until: date) -> ColumnElement[bool]:
        return (
            (col(TenantUsage.tenant_id) == self._tenant_id)
            & (col(TenantUsage.day) >= since)
            & (col(TenantUsage.day) <= until)
        )


async def usage_of_all(session: AsyncSession, since: date, until: date) -> list[tuple[str, str, int]]:
    """Return (tenant id, metric, amount) over all tenants, for days from `since` up to and with `until`."""
    statement = (
        select(col(TenantUsage.tenant_id), col(TenantUsage.metric), func.sum(TenantUsage.amount))
        .where(col(TenantUsage.day) >= since, col(TenantUsage.day) <= until)
        .group_by(col(TenantUsage.tenant_id), col(TenantUsage.metric))
    )
    return [(tenant_id, metric, int(amount)) for tenant_id, metric, amount in await session.exec(statement)]
