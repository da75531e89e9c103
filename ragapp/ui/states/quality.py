"""The quality page: test questions, runs over them, what readers rated bad; which of it stands in the address."""

from functools import partial
from typing import ClassVar
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import InvalidInput, NotFound, RagAppError
from ragapp.core.ids import KnowledgeBaseId, QualityRunId
from ragapp.core.lifecycle import UNFINISHED_TASKS
from ragapp.core.quality import FeedbackReason
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.kit.address import ListAddress, Param, an_id, one_of
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import pages_of, read_shown, set_changed
from ragapp.ui.states.language import language_of
from ragapp.ui.states.quality_rows import (
    BaseOption,
    ChangeRow,
    FailureRow,
    MeasureRow,
    QuestionRow,
    RatingRow,
    ReportRow,
    RunRow,
    SettingRow,
    change_row,
    failure_row,
    measure_row,
    question_row,
    rating_row,
    run_row,
)

QUESTIONS, RUNS, RATINGS = "questions", "runs", "ratings"
_PAGE_SIZE = 50
_REPORTS = 20


class QualityState(ListAddress, rx.State):
    """What the page shows. `view` "" are the questions; `run_id` opens one run, `baseline_id` is compared with it."""

    _route: ClassVar[str] = "/admin/quality"
    _params: ClassVar[tuple[Param, ...]] = (
        Param("view", "view", one_of({RUNS, RATINGS}), is_filter=False),
        Param("base", "base", an_id),
        Param("reason", "reason", one_of({*FeedbackReason})),
        Param("run_id", "run", an_id, is_filter=False),
        Param("baseline_id", "with", an_id, is_filter=False),
    )

    view: str = ""
    base: str = ""
    base_name: str = ""
    reason: str = ""
    run_id: str = ""
    baseline_id: str = ""
    bases: list[BaseOption] = []
    questions: list[QuestionRow] = []
    reports: list[ReportRow] = []
    runs: list[RunRow] = []
    ratings: list[RatingRow] = []
    hidden_count: int = 0
    warned: list[RunRow] = []
    next_cursor: str = ""
    is_loading: bool = True
    error_code: str = ""
    run: RunRow = RunRow()
    settings: list[SettingRow] = []
    failures: list[FailureRow] = []
    baselines: list[RunRow] = []
    measures: list[MeasureRow] = []
    changed: list[ChangeRow] = []

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def load(self) -> None:
        """Show what the address asks for."""
        scope = await current_scope(self)
        self._read_address()
        self.error_code = ""
        try:
            await self._read(scope)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    async def show_view(self, view: str) -> list[EventSpec]:
        """Show questions (""), runs or bad answers."""
        return self._go(view=view, run_id="", baseline_id="", reason="")

    @rx.event
    async def filter_base(self, base: str) -> list[EventSpec]:
        """Show one knowledge base; "" shows all."""
        return self._go(base=base)

    @rx.event
    async def filter_reason(self, reason: str) -> list[EventSpec]:
        """Show one reason; "" shows all."""
        return self._go(reason=reason)

    @rx.event
    async def open_run(self, quality_run: str) -> list[EventSpec]:
        """Show one run; "" goes back to the list."""
        return self._go(view=RUNS, run_id=quality_run, baseline_id="")

    @rx.event
    async def compare_with(self, baseline: str) -> list[EventSpec]:
        """Compare the open run with another one; "" with the one before it."""
        return self._go(replaces=True, baseline_id=baseline)

    @rx.event
    async def show_all(self) -> list[EventSpec]:
        """Drop every filter."""
        return self._go_to_all()

    @rx.event
    async def load_more(self) -> list[EventSpec]:
        """Show older rows too."""
        return self._go(page=self.page_number + 1, replaces=True)

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def start_run(self) -> list[EventSpec]:
        """Have the questions of the chosen knowledge base asked; of the only one where none is chosen."""
        scope, language = await current_scope(self), await language_of(self)
        base_id = self.base or (self.bases[0].id if len(self.bases) == 1 else "")
        if not base_id:
            return [feedback.note(translate(language, "Choose a knowledge base first."))]
        try:
            await current().quality_runs.start(scope, KnowledgeBaseId(base_id))
        except RagAppError as error:
            return [feedback.show(error, language)]
        return self._go(view=RUNS, run_id="", baseline_id="", reason="")

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def export(self) -> list[EventSpec]:
        """Download the questions of the chosen knowledge base."""
        base_id = self.base or (self.bases[0].id if len(self.bases) == 1 else "")
        if not base_id:
            return [feedback.note(translate(await language_of(self), "Choose a knowledge base first."))]
        query = urlencode({"knowledge_base_id": base_id})
        return [rx.call_script(f"window.location.assign('/api/v1/quality/questions/export?{query}')")]

    async def _read(self, scope: TenantScope) -> None:
        bases = await current().knowledge_bases.list(scope)
        names: dict[str, str] = {view.id: view.name for view in bases}
        self._allow(base={"", *names})
        set_changed(
            self,
            bases=[BaseOption(view.id, view.name) for view in bases],
            base_name=names.get(self.base, ""),
        )
        await self._allow_runs(scope)
        warned = await current().quality_runs.warnings(scope)
        set_changed(self, warned=[run_row(view, names) for view in warned])
        if self.view == RATINGS:
            await self._read_ratings(scope)
        elif self.view == RUNS:
            await self._read_runs(scope, names)
        else:
            await self._read_questions(scope, names)

    async def _allow_runs(self, scope: TenantScope) -> None:
        """Take back runs that are not there (any more); one that is opened is among the runs."""
        for name in ("run_id", "baseline_id"):
            try:
                if getattr(self, name):
                    await current().quality_runs.get(scope, QualityRunId(getattr(self, name)))
            except NotFound:
                self._set_params({name: ""})
        if self.run_id:
            self._set_params({"view": RUNS})

    async def _read_questions(self, scope: TenantScope, names: dict[str, str]) -> None:
        read = partial(current().quality_questions.list, scope, knowledge_base_id=self._only_base(), limit=_PAGE_SIZE)
        views, cursor = await read_shown(lambda at: read(cursor=at), self.page_number * _PAGE_SIZE)
        reports = await current().missing_reports.list(scope, limit=_REPORTS)
        set_changed(
            self,
            questions=[question_row(view, names) for view in views],
            next_cursor=cursor,
            reports=[
                ReportRow(each.id, each.question, each.reported_by, each.created_at.isoformat())
                for each in reports.items
                if not each.is_taken_over
            ],
        )
        self._set_page(pages_of(len(views), _PAGE_SIZE))

    async def _read_runs(self, scope: TenantScope, names: dict[str, str]) -> None:
        read = partial(current().quality_runs.list, scope, knowledge_base_id=self._only_base(), limit=_PAGE_SIZE)
        views, cursor = await read_shown(lambda at: read(cursor=at), self.page_number * _PAGE_SIZE)
        set_changed(self, runs=[run_row(view, names) for view in views], next_cursor=cursor)
        self._set_page(pages_of(len(views), _PAGE_SIZE))
        await self._read_run(scope, names)

    async def _read_run(self, scope: TenantScope, names: dict[str, str]) -> None:
        if not self.run_id:
            set_changed(self, run=RunRow(), failures=[], settings=[], baselines=[], measures=[], changed=[])
            return
        runs, run_id = current().quality_runs, QualityRunId(self.run_id)
        view = await runs.get(scope, run_id)
        failures = await runs.results(scope, run_id, only_failed=True)
        others = await runs.list(scope, knowledge_base_id=view.knowledge_base_id, limit=_PAGE_SIZE)
        baselines = [other for other in others.items if other.finished_at and other.id != run_id]
        set_changed(
            self,
            run=run_row(view, names),
            failures=[failure_row(each) for each in failures],
            baselines=[run_row(other, names) for other in baselines],
        )
        before = view.change.baseline_id if view.change else ""
        baseline = self.baseline_id or (before if before in {other.id for other in baselines} else "")
        await self._compare(scope, run_id, baseline, dict(view.configuration))

    async def _compare(
        self, scope: TenantScope, run_id: QualityRunId, baseline: str, configuration: dict[str, str | int | bool]
    ) -> None:
        settings = [SettingRow(name, "", str(value)) for name, value in configuration.items()]
        measures, changed = list[MeasureRow](), list[ChangeRow]()
        try:
            if baseline:
                found = await current().quality_runs.compare(scope, run_id, baseline_id=QualityRunId(baseline))
                differs = {each.name: each.before for each in found.configuration}
                settings = [SettingRow(row.name, differs.get(row.name, ""), row.after) for row in settings]
                measures = [measure_row(each) for each in found.change.measures]
                changed = [change_row(each) for each in found.questions]
        except (NotFound, InvalidInput):
            self._set_params({"baseline_id": ""})
        set_changed(self, settings=settings, measures=measures, changed=changed)

    async def _read_ratings(self, scope: TenantScope) -> None:
        ratings = current().bad_ratings
        reason = FeedbackReason(self.reason) if self.reason else None
        read = partial(ratings.list, scope, reason=reason, knowledge_base_id=self._only_base(), limit=_PAGE_SIZE)
        views, cursor = await read_shown(lambda at: read(cursor=at), self.page_number * _PAGE_SIZE)
        counts = await ratings.counts(scope, knowledge_base_id=self._only_base())
        hidden = sum(each.hidden_count for each in counts if reason in (None, each.reason))
        set_changed(self, ratings=[rating_row(view) for view in views], next_cursor=cursor, hidden_count=hidden)
        self._set_page(pages_of(len(views), _PAGE_SIZE))

    async def _look(self, scope: TenantScope) -> None:
        """Bring runs up to date while one is under way; reading bad answers again would be written down again."""
        if self.view == RUNS and any(row.status in UNFINISHED_TASKS for row in [*self.runs, self.run]):
            await self._read(scope)

    def _only_base(self) -> KnowledgeBaseId | None:
        return KnowledgeBaseId(self.base) if self.base else None
