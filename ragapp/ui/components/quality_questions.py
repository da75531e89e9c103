"""The test questions of the quality page, and what can be taken over as one."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.quality_words import expectation, origin_name
from ragapp.ui.formatting import relative_time
from ragapp.ui.i18n import t
from ragapp.ui.states.quality import QualityState
from ragapp.ui.states.quality_actions import QualityActionsState

_page: Any = QualityState
_actions: Any = QualityActionsState


def quality_questions() -> rx.Component:
    """Questions with their right answers; below them, what people reported as missing."""
    empty = kit.empty_state(
        "target",
        t("No test questions yet"),
        t("Add questions whose right answer you know. A run asks them all and shows what is answered right."),
        kit.button(t("New test question"), variant="primary", icon_name="plus", on_click=_actions.ask_new),
    )
    nothing_here = kit.empty_state("target", t("No test questions here"), t("Add one, or show all knowledge bases."))
    rows = kit.listing(
        _table(),
        is_loading=_page.is_loading,
        error_code=_page.error_code,
        is_empty=_page.questions.length() == 0,
        empty=rx.cond(_page.is_filtered, nothing_here, empty),
        on_retry=_page.load,
        has_more=_page.next_cursor != "",
        on_more=_page.load_more,
    )
    return rx.el.div(rows, rx.cond(_page.reports.length() > 0, _reports()), class_name="panels")


def _table() -> rx.Component:
    headings = [
        t("Question"),
        t("The right answer"),
        t("Knowledge base"),
        t("Origin"),
        rx.el.span(t("Actions"), class_name="sr-only"),
    ]
    return kit.data_table(
        headings,
        rx.foreach(_page.questions, _row),
        label=t("Test questions"),
        stacks="laptop",
        custom_attrs={"data-list": "test-questions"},
    )


def _row(row: Any) -> rx.Component:
    menu = kit.menu(
        kit.icon("ellipsis"),
        kit.menu_item(t("Change"), icon_name="pencil", on_select=_actions.ask_edit(row.id)),
        kit.menu_item(t("Delete"), icon_name="trash-2", danger=True, on_select=_actions.ask_delete(row.id)),
        label=t("Actions for {name}", name=row.text),
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(row.text, class_name="break"), class_name="main-cell quality-text"),
        kit.labelled_cell(t("The right answer"), expectation(row), class_name="quality-answer"),
        kit.labelled_cell(t("Knowledge base"), row.base),
        kit.labelled_cell(t("Origin"), origin_name(row.origin), class_name="muted"),
        rx.el.td(menu, class_name="act-cell"),
        key=row.id,
    )


def _reports() -> rx.Component:
    rows = rx.el.ul(rx.foreach(_page.reports, _report), class_name="work-list card")
    return kit.panel(
        t("Reported as missing"),
        rows,
        text=t("Questions that people did not get an answer to. Taken over, they become test questions."),
    )


def _report(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.question, class_name="work-title break"),
            rx.el.span(row.reported_by, " · ", relative_time(row.created_at), class_name="muted"),
            class_name="grow work-text",
        ),
        kit.button(t("Take over"), size="sm", icon_name="plus", on_click=_actions.take_over_report(row.id)),
        key=row.id,
    )
