"""Questions that people told the administrators the documents do not answer."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from ragapp.core.errors import NotFound
from ragapp.core.ids import MessageId, ReportId
from ragapp.models import MissingReport
from ragapp.store.paging import cut_page, older_than
from ragapp.store.repository import TenantRepository


class MissingReportRepository(TenantRepository):
    """Reports of the bound tenant."""

    async def add(self, report: MissingReport) -> None:
        """Keep a report."""
        report.tenant_id = self._tenant_id
        self._session.add(report)
        await self._session.flush()

    async def get(self, report_id: ReportId) -> MissingReport:
        """Return a report.

        Raises:
            NotFound: absent, or another tenant's.
        """
        found = (await self._session.exec(select(MissingReport).where(self._mine, col(MissingReport.id) == report_id)))
        report = found.first()
        if report is None:
            raise NotFound
        return report

    async def reported_among(self, message_ids: Sequence[str]) -> frozenset[MessageId]:
        """Return those of the answers that were reported."""
        wanted = col(MissingReport.message_id).in_(message_ids)
        rows = await self._session.exec(select(MissingReport.message_id).where(self._mine, wanted))
        return frozenset(MessageId(row) for row in rows)

    async def list_page(
        self, *, limit: int, cursor: str | None, only_open: bool
    ) -> tuple[list[MissingReport], str | None]:
        """Return one page, newest first, and the cursor of the next.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        statement = select(MissingReport).where(self._mine)
        if only_open:
            statement = statement.where(col(MissingReport.resolved_at).is_(None))
        if cursor is not None:
            statement = statement.where(older_than(cursor, MissingReport.created_at, MissingReport.id))
        ordered = statement.order_by(col(MissingReport.created_at).desc(), col(MissingReport.id).desc())
        rows = (await self._session.exec(ordered.limit(limit + 1))).all()
        return cut_page(rows, limit, lambda row: (row.created_at, row.id))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(MissingReport.tenant_id) == self._tenant_id
