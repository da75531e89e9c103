"""What waits for an administrator: documents that failed and topics reported as missing."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import ReportId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.language import language_of
from ragapp.ui.states.retries import retry_documents, told_of_retries

_SHOWN = 20


@dataclass(frozen=True)
class FailedRow:
    """A document that failed, with the code of why."""

    id: str = ""
    title: str = ""
    error_code: str = ""


@dataclass(frozen=True)
class MissingRow:
    """A question that somebody reported as not answered; `created_at` is ISO 8601."""

    id: str = ""
    question: str = ""
    reported_by: str = ""
    created_at: str = ""


@dataclass(frozen=True)
class WorseRow:
    """A run whose answers are significantly worse than those of the run before."""

    id: str = ""
    base: str = ""


class OverviewWorkState(rx.State):
    """The newest of both lists."""

    failed: list[FailedRow] = []
    missing: list[MissingRow] = []
    worse: list[WorseRow] = []

    @rx.event
    async def load(self) -> None:
        """Show what waits; the page's numbers say it when it may not be read."""
        scope = await current_scope(self)
        try:
            await self._look(scope)
        except RagAppError:
            self.failed, self.missing, self.worse = [], [], []

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def retry(self, document_id: str) -> list[EventSpec]:
        """Process a document once more."""
        return await self._retry([document_id])

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def retry_all(self) -> list[EventSpec]:
        """Process every document of the list once more."""
        return await self._retry([row.id for row in self.failed])

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def resolve(self, report_id: str) -> list[EventSpec]:
        """Say that a missing topic was taken care of."""
        scope, language = await current_scope(self), await language_of(self)
        try:
            await current().missing_reports.resolve(scope, ReportId(report_id))
        except RagAppError as error:
            return [feedback.show(error, language), OverviewWorkState.load()]
        return [feedback.success(translate(language, "Marked as resolved")), OverviewWorkState.load()]

    async def _retry(self, document_ids: list[str]) -> list[EventSpec]:
        scope, language = await current_scope(self), await language_of(self)
        failures = await retry_documents(scope, document_ids)
        return [told_of_retries(len(document_ids), failures, language), OverviewWorkState.load()]

    async def _look(self, scope: TenantScope) -> None:
        failed = await current().documents.list(scope, limit=_SHOWN, status=DocumentStatus.FAILED)
        missing = await current().missing_reports.list(scope, limit=_SHOWN)
        worse = await current().quality_runs.warnings(scope)
        names = {base.id: base.name for base in await current().knowledge_bases.list(scope)} if worse else {}
        set_changed(
            self,
            failed=[FailedRow(view.id, view.title, view.error.code if view.error else "") for view in failed.items],
            missing=[
                MissingRow(view.id, view.question, view.reported_by, view.created_at.isoformat())
                for view in missing.items
            ],
            worse=[WorseRow(view.id, names.get(view.knowledge_base_id, "")) for view in worse],
        )
