"""Where new files go: the question before they are sent, and the line that names it where nothing has to be asked."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t, tn
from ragapp.ui.readers import readers_words
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.upload_target import UploadTargetState

_target: Any = UploadTargetState
_library: Any = LibraryState


def upload_target_dialog() -> rx.Component:
    """Ask for one of several knowledge bases; each says who can read it."""
    count = _target.file_count
    return kit.dialog(
        rx.el.div(
            rx.foreach(_target.rows, _option),
            class_name="choices target-choices",
            role="radiogroup",
            aria_label=t("Knowledge base"),
        ),
        rx.el.div(
            kit.button(t("Cancel"), on_click=_target.set_open(False)),
            kit.button(tn("Add {n} file", "Add {n} files", count), variant="primary", on_click=_target.send),
            class_name="dialog-actions",
        ),
        title=tn("Where should {n} file go?", "Where should {n} files go?", count),
        text=t("Nothing has been sent yet. Your choice is offered first the next time."),
        is_open=_target.is_open,
        on_open_change=_target.set_open,
    )


def target_line() -> rx.Component:
    """Say where new files go and who can read them, where that is certain without asking."""

    def line(row: Any) -> rx.Component:
        is_certain = (row.id == _library.base_id) | (_target.rows.length() == 1)
        words = rx.el.p(kit.icon("library"), rx.el.span(_named(row)), class_name="row muted target-line")
        return rx.cond(is_certain, words)

    return rx.cond(AuthState.can_write_documents, rx.fragment(rx.foreach(_target.rows, line)))


def curtain_line() -> rx.Component:
    """The same for files in the air over any page."""
    is_filtered = (_library.base_id != "") & (rx.State.router.url.path.to(str) == "/documents")

    def named(row: Any) -> rx.Component:
        is_certain = (_target.rows.length() == 1) | (is_filtered & (row.id == _library.base_id))
        return rx.cond(is_certain, rx.el.span(_named(row), class_name="muted"))

    several = rx.el.span(t("You choose the knowledge base before anything is sent."), class_name="muted")
    is_asked = (_target.rows.length() > 1) & ~is_filtered
    return rx.cond(is_asked, several, rx.fragment(rx.foreach(_target.rows, named)))


def target_field() -> rx.Component:
    """Choose one of several knowledge bases in a form, as `base`; each says who can read it."""

    def option(row: Any) -> rx.Component:
        return rx.el.option(rx.Var.create(f"{row.name} – {readers_words(row.readers)}"), value=row.id)

    control = rx.el.select(
        rx.foreach(_target.rows, option),
        name="base",
        id="import-base",
        class_name="input",
        default_value=rx.cond(_library.base_id != "", _library.base_id, _target.default_id),
    )
    only = rx.fragment(rx.foreach(_target.rows, lambda row: rx.el.p(_named(row), class_name="field-hint")))
    return rx.cond(_target.rows.length() > 1, kit.field(control, t("Knowledge base"), field_id="import-base"), only)


def _option(row: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="target",
            value=row.id,
            checked=_target.chosen_id == row.id,
            on_change=_target.choose(row.id),
            class_name="checkbox",
        ),
        rx.el.span(
            rx.el.span(row.name, class_name="truncate choice-name"),
            rx.el.span(readers_words(row.readers), class_name="muted"),
            class_name="person-names",
        ),
        class_name="choice",
        key=row.id,
    )


def _named(row: Any) -> rx.Var[str]:
    going = t("New files go to “{base}”.", base=row.name)
    return rx.Var.create(f"{going} {readers_words(row.readers)}")

