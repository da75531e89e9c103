"""What the quality page asks: a test question, a file of them, whether something may go."""

from typing import Any

import reflex as rx

from ragapp.core.quality import Expects
from ragapp.ui import kit
from ragapp.ui.components.quality_words import problem_words
from ragapp.ui.i18n import t
from ragapp.ui.states.quality import QualityState
from ragapp.ui.states.quality_actions import DELETE, DELETE_RUN, EDIT, IMPORT, QualityActionsState

_page: Any = QualityState
_actions: Any = QualityActionsState
_question: Any = QualityActionsState.question


def quality_dialogs() -> rx.Component:
    """At most one of them is open."""
    return rx.fragment(_edit_dialog(), _import_dialog(), _delete_dialog(), _delete_run_dialog())


def _edit_dialog() -> rx.Component:
    form = rx.el.form(
        rx.cond(_question.id == "", _base_select()),
        kit.text_area(
            t("Question"), name="text", default_value=_question.text, required=True, rows="2", auto_focus=True
        ),
        rx.el.fieldset(
            rx.el.legend(t("The right answer"), class_name="field-label"),
            _choice(Expects.ANSWER, t("Stands in the documents")),
            _choice(Expects.NOTHING, t("Is not in the documents")),
            class_name="choices choices-thin",
        ),
        rx.cond(_actions.expects == Expects.ANSWER.value, _answer_fields()),
        rx.el.div(kit.button(t("Save"), type="submit", variant="primary"), class_name="dialog-actions"),
        on_submit=_actions.save,
        class_name="stack",
        key=_question.id,
    )
    return kit.dialog(
        form,
        title=rx.cond(_question.id != "", t("Change the test question"), t("New test question")),
        is_open=_actions.asking == EDIT,
        on_open_change=_actions.set_asking,
    )


def _base_select() -> rx.Component:
    control = rx.el.select(
        rx.foreach(_page.bases, lambda base: rx.el.option(base.name, value=base.id)),
        name="base",
        id="quality-base",
        value=_actions.base_id,
        on_change=_actions.choose_base,
        class_name="input",
    )
    return kit.field(control, t("Knowledge base"), field_id="quality-base")


def _choice(expects: Expects, name: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="expects",
            value=expects.value,
            checked=_actions.expects == expects.value,
            on_change=_actions.choose_expects(expects.value),
        ),
        rx.el.span(name),
        class_name="choice",
    )


def _answer_fields() -> rx.Component:
    return rx.fragment(
        kit.text_area(
            t("Words of the answer"),
            name="words",
            default_value=_question.words,
            hint=t("As they stand in the document. Several right answers: one on each line."),
            rows="2",
        ),
        _document_picker(),
        kit.text_field(
            t("Page (optional)"),
            name="page",
            default_value=rx.cond(_question.page > 0, _question.page.to_string(), ""),
            input_mode="numeric",
            max_length=6,
        ),
    )


def _document_picker() -> rx.Component:
    def row(document: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="checkbox",
                class_name="checkbox",
                checked=_actions.document_id == document.id,
                on_change=_actions.choose_document(document.id),
            ),
            rx.el.span(document.name, class_name="grow break"),
            class_name="person-option",
            key=document.id,
        )

    chosen = rx.cond(_actions.document != "", rx.el.p(kit.icon("file-text"), _actions.document, class_name="row break"))
    return rx.el.div(
        rx.el.p(t("Document (optional)"), class_name="field-label"),
        chosen,
        kit.search_field(t("Search documents"), on_change=_actions.find_documents.debounce(200)),
        rx.el.div(
            rx.cond(
                _actions.documents.length() > 0,
                rx.foreach(_actions.documents, row),
                rx.el.p(t("No results."), class_name="muted"),
            ),
            class_name="person-options quality-documents",
            role="group",
            aria_label=t("Document (optional)"),
        ),
        class_name="stack",
    )


def _import_dialog() -> rx.Component:
    problems = rx.el.div(
        kit.notice(rx.el.span(t("Nothing was added. Correct these rows and try again:")), tone="bad"),
        rx.el.ul(rx.foreach(_actions.problems, problem_words), class_name="quality-problems"),
        class_name="stack",
    )
    form = rx.el.form(
        _base_select(),
        _csv_field(),
        _file_button(),
        rx.cond(_actions.problems.length() > 0, problems),
        rx.el.div(kit.button(t("Import"), type="submit", variant="primary"), class_name="dialog-actions"),
        on_submit=_actions.import_file,
        class_name="stack",
    )
    return kit.dialog(
        form,
        title=t("Import test questions"),
        is_open=_actions.asking == IMPORT,
        on_open_change=_actions.set_asking,
        wide=True,
    )


def _csv_field() -> rx.Component:
    return kit.text_area(
        t("Rows as CSV"),
        name="csv",
        rows="8",
        required=True,
        spell_check=False,
        max_length=500_000,
        placeholder="question,document,page,answer,not_in_documents",
        hint=t(
            "Paste them, or choose a file. The first row names the columns: question, document (title or file name),"
            " page, answer (several with | between), not_in_documents (yes)."
        ),
    )


def _file_button() -> rx.Component:
    """A file that is chosen goes into the text box (`assets/js/textfiles.js`)."""
    return rx.el.label(
        kit.icon("file-up"),
        rx.el.span(t("Choose a CSV file")),
        rx.el.input(
            type="file", accept=".csv,text/csv,text/plain", class_name="sr-only", custom_attrs={"data-fills": "csv"}
        ),
        class_name=kit.button_class("secondary", "md") + " quality-file",
    )


def _delete_dialog() -> rx.Component:
    return kit.confirm_dialog(
        title=t("Delete this test question?"),
        text=t("“{name}” will not be asked any more. Runs keep what became of it.", name=_question.text),
        confirm=t("Delete"),
        is_open=_actions.asking == DELETE,
        on_open_change=_actions.set_asking,
        on_confirm=_actions.delete,
    )


def _delete_run_dialog() -> rx.Component:
    return kit.confirm_dialog(
        title=t("Delete this run?"),
        text=t("Its results will be deleted. One that is under way ends."),
        confirm=t("Delete"),
        is_open=_actions.asking == DELETE_RUN,
        on_open_change=_actions.set_asking,
        on_confirm=_actions.delete_run,
    )
