"""The list of documents as a real table."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.document_status import status_badge
from ragapp.ui.components.long_name import long_name
from ragapp.ui.formatting import date, number, size
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.document import DocumentState
from ragapp.ui.states.document_rows import DocumentRow
from ragapp.ui.states.filing import FilingState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.moving import MoveState
from ragapp.ui.states.selection import SelectionState


def document_table() -> rx.Component:
    """One page of documents; a row opens the drawer, the box in front of it ticks it."""
    headings = [
        _tick_all(),
        t("Name"),
        t("Type"),
        t("Knowledge base"),
        t("Status"),
        rx.el.span(t("Pages"), class_name="num-head"),
        rx.el.span(t("Passages"), class_name="num-head"),
        rx.el.span(t("Size"), class_name="num-head"),
        t("Added"),
        t("Added by"),
    ]
    return kit.data_table(headings, rx.foreach(LibraryState.rows, _row), label=t("Documents"))


def _tick_all() -> rx.Component:
    return rx.el.input(
        type="checkbox",
        class_name="checkbox",
        aria_label=t("Select all on this page"),
        checked=(LibraryState.rows.length() > 0) & (SelectionState.ids.length() == LibraryState.rows.length()),
        on_change=SelectionState.toggle_all,
    )


def _row(row: rx.Var[DocumentRow]) -> rx.Component:
    is_ticked = SelectionState.ids.contains(row.id)
    return rx.el.tr(
        rx.el.td(
            rx.el.input(
                type="checkbox",
                class_name="checkbox",
                aria_label=t("Select {name}", name=row.title),
                checked=is_ticked,
                on_change=SelectionState.toggle(row.id),
            )
        ),
        rx.el.td(_name(row), class_name="name-cell"),
        rx.el.td(rx.el.span(row.kind, class_name="muted")),
        rx.el.td(rx.el.span(row.knowledge_base, class_name="muted truncate"), class_name="base-cell"),
        rx.el.td(status_badge(row.status, row.progress, row.is_finished)),
        rx.el.td(_count(row.page_count), class_name="num"),
        rx.el.td(_count(row.chunk_count), class_name="num"),
        rx.el.td(size(row.size_bytes), class_name="num"),
        rx.el.td(date(row.added_at), class_name="numbers nowrap"),
        rx.el.td(rx.el.span(row.added_by, class_name="muted truncate"), class_name="by-cell"),
        custom_attrs={"data-selected": is_ticked},
        key=row.id,
    )


def _name(row: rx.Var[DocumentRow]) -> rx.Component:
    return rx.el.button(
        long_name(row.title),
        type="button",
        class_name="name-button",
        on_click=DocumentState.open(row.id),
        aria_haspopup="dialog",
    )


def _count(value: rx.Var[int]) -> rx.Component:
    return rx.cond(value > 0, number(value), rx.el.span("–", class_name="muted"))


def selection_bar() -> rx.Component:
    """What can be done with the ticked documents."""
    return rx.cond(
        (SelectionState.ids.length() > 0) & AuthState.can_write_documents,
        rx.el.div(
            rx.el.span(_selected_text(), class_name="grow", role="status"),
            rx.cond(
                SelectionState.has_failed,
                kit.button(t("Try again"), size="sm", icon_name="rotate-cw", on_click=SelectionState.retry_selected),
            ),
            rx.cond(LibraryState.bases.length() > 1, _move_to()),
            kit.button(t("Folder and tags"), size="sm", icon_name="folder", on_click=FilingState.set_open(True)),
            kit.button(t("Delete"), size="sm", icon_name="trash-2", on_click=SelectionState.ask_about_selected),
            kit.icon_button("x", t("Clear selection"), size="sm", on_click=SelectionState.clear),
            class_name="selection-bar",
        ),
    )


def _move_to() -> rx.Component:
    return rx.el.select(
        rx.el.option(t("Move to…"), value=""),
        rx.foreach(LibraryState.bases, lambda base: rx.el.option(base.name, value=base.id)),
        name="move-to",
        class_name="input input-sm",
        aria_label=t("Move to another knowledge base"),
        value="",
        on_change=MoveState.move,
    )


def _selected_text() -> rx.Var[str]:
    return tn("{n} selected", "{n} selected", SelectionState.ids.length())
