"""What is done to test questions and runs: added, changed, imported, taken over, deleted."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import InvalidInput, RagAppError
from ragapp.core.ids import DocumentId, KnowledgeBaseId, MessageId, QualityQuestionId, QualityRunId, ReportId
from ragapp.core.quality import Expects
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.quality.quality_views import Expectation
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate, translate_plural
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of
from ragapp.ui.states.quality import QualityState
from ragapp.ui.states.quality_rows import BaseOption, QuestionRow, question_row

EDIT, IMPORT, DELETE, DELETE_RUN = "edit", "import", "delete", "delete_run"
_DOCUMENTS = 20


@dataclass(frozen=True)
class ProblemRow:
    """What is wrong in a row of a file."""

    row: int = 0
    code: str = ""
    value: str = ""


class QualityActionsState(rx.State):
    """The one question that is open, and doing what it asks."""

    asking: str = ""
    question: QuestionRow = QuestionRow()
    base_id: str = ""
    expects: str = Expects.ANSWER.value
    document_id: str = ""
    document: str = ""
    documents: list[BaseOption] = []
    problems: list[ProblemRow] = []
    run_id: str = ""

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def ask_new(self) -> None:
        """Ask for a new test question."""
        await self._open(EDIT, QuestionRow(expects=Expects.ANSWER.value))

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def ask_edit(self, question_id: str) -> EventSpec | None:
        """Ask what to change of a test question."""
        try:
            await self._open(EDIT, await self._question(question_id))
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        return None

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def ask_delete(self, question_id: str) -> EventSpec | None:
        """Ask whether a test question may go."""
        try:
            self.question = await self._question(question_id)
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        self.asking = DELETE
        return None

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def ask_import(self) -> None:
        """Ask for a file of questions."""
        self.problems = []
        await self._open(IMPORT, QuestionRow())

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    def ask_delete_run(self, quality_run_id: str) -> None:
        """Ask whether a run may go."""
        self.run_id, self.asking = quality_run_id, DELETE_RUN

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Close the question."""
        self.asking = self.asking if is_asking else ""

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def choose_base(self, knowledge_base_id: str) -> None:
        """Pick the knowledge base that the question is for."""
        self.base_id, self.document_id, self.document = knowledge_base_id, "", ""
        await self._find("")

    @rx.event
    def choose_expects(self, expects: str) -> None:
        """Say whether there is an answer."""
        if expects in {*Expects}:
            self.expects = expects

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def find_documents(self, query: str) -> None:
        """Show the documents whose names have the words."""
        await self._find(query[:200])

    @rx.event
    def choose_document(self, picked: str) -> None:
        """Pick one of the documents shown as the one that answers; the same again, none."""
        document = next((each for each in self.documents if each.id == picked), BaseOption())
        if document.id == self.document_id:
            document = BaseOption()
        self.document_id, self.document = document.id, document.name

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def save(self, form: dict[str, Any]) -> list[EventSpec]:
        """Add the question, or change it."""
        scope, questions = await current_scope(self), current().quality_questions
        text = str(form.get("text", ""))
        try:
            expected = self._expected(form)
            if self.question.id:
                question_id = QualityQuestionId(self.question.id)
                await questions.update(scope, question_id, text=text, expects=Expects(self.expects), expected=expected)
            else:
                base_id = KnowledgeBaseId(self.base_id)
                await questions.create(
                    scope, knowledge_base_id=base_id, text=text, expects=Expects(self.expects), expected=expected
                )
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return self._done(translate(await language_of(self), "Saved."))

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def delete(self) -> list[EventSpec]:
        """Delete the question that was asked about."""
        scope = await current_scope(self)
        try:
            await current().quality_questions.delete(scope, QualityQuestionId(self.question.id))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return self._done(translate(await language_of(self), "Deleted."))

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def delete_run(self) -> list[EventSpec]:
        """Delete the run that was asked about."""
        scope = await current_scope(self)
        try:
            await current().quality_runs.delete(scope, QualityRunId(self.run_id))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return [*self._done(translate(await language_of(self), "Deleted.")), QualityState.open_run("")]

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def take_over(self, message_id: str) -> list[EventSpec]:
        """Make a test question of the question behind a bad answer."""
        scope = await current_scope(self)
        try:
            await current().quality_questions.take_over(scope, MessageId(message_id))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return self._done(translate(await language_of(self), "Taken over. Now say what the right answer is."))

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def take_over_report(self, report_id: str) -> list[EventSpec]:
        """Make a test question of one that was reported as missing."""
        scope = await current_scope(self)
        try:
            await current().quality_questions.take_over_report(scope, ReportId(report_id))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return self._done(translate(await language_of(self), "Taken over. Now say what the right answer is."))

    @rx.event
    @requires(Permission.MANAGE_KNOWLEDGE_BASES)
    async def import_file(self, form: dict[str, Any]) -> list[EventSpec]:
        """Add every question of the file, or show what is wrong in which row."""
        scope, language = await current_scope(self), await language_of(self)
        try:
            base_id = KnowledgeBaseId(self.base_id)
            result = await current().quality_files.import_csv(
                scope, knowledge_base_id=base_id, csv=str(form.get("csv", ""))
            )
        except RagAppError as error:
            return [feedback.show(error, language)]
        self.problems = [ProblemRow(each.row, each.code, each.value) for each in result.problems]
        if self.problems:
            return []
        self.asking = ""
        added = translate_plural(language, "{n} question added.", "{n} questions added.", result.added_count)
        return [feedback.success(added), QualityState.load()]

    async def _question(self, question_id: str) -> QuestionRow:
        view = await current().quality_questions.get(await current_scope(self), QualityQuestionId(question_id))
        return question_row(view, {})

    async def _open(self, asking: str, row: QuestionRow) -> None:
        page = await self.get_state(QualityState)
        self.question, self.expects, self.asking = row, row.expects or Expects.ANSWER.value, asking
        if self.expects == Expects.OPEN.value:
            self.expects = Expects.ANSWER.value
        self.base_id = row.base_id or page.base or (page.bases[0].id if page.bases else "")
        self.document_id, self.document = row.document_id, row.document
        await self._find("")

    async def _find(self, query: str) -> None:
        scope: TenantScope = await current_scope(self)
        try:
            found = await current().documents.list(
                scope, knowledge_base_id=KnowledgeBaseId(self.base_id), query=query, limit=_DOCUMENTS
            )
        except RagAppError:
            self.documents = []
            return
        self.documents = [BaseOption(view.id, view.title) for view in found.items]

    def _expected(self, form: dict[str, Any]) -> Expectation:
        page = str(form.get("page", "")).strip()
        if page and not (page.isascii() and page.isdigit() and len(page) < 7):
            raise InvalidInput("Give the document with a page from 1.", details={"field": "page"})
        words = tuple(line.strip() for line in str(form.get("words", "")).splitlines() if line.strip())
        document = DocumentId(self.document_id) if self.document_id else None
        return Expectation(document, int(page) if page else None, words)

    def _done(self, text: str) -> list[EventSpec]:
        self.asking = ""
        return [feedback.success(text), QualityState.load()]
