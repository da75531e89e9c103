"""Dialogs and sheets: focus is kept inside, Esc closes, focus returns to where it was."""

from typing import cast

import reflex as rx

from ragapp.ui.i18n import t
from ragapp.ui.kit.actions import button, button_class
from ragapp.ui.kit.display import icon
from ragapp.ui.kit.primitives import (
    DialogClose,
    DialogContent,
    DialogDescription,
    DialogOverlay,
    DialogPortal,
    DialogRoot,
    DialogTitle,
    DialogTrigger,
)
from ragapp.ui.kit.types import Child, Flag, Handler, Side, Size, Text, Variant
from ragapp.ui.states.confirm_identity import ConfirmIdentityState

THIS_DOCUMENT = rx.Var("String(performance.timeOrigin)", _var_type=str).to(str)
"""Another value after each load of a page, the same while its connection is lost and found again."""


def dialog(
    *children: Child,
    title: Text,
    text: Text = "",
    is_open: rx.Var[bool],
    on_open_change: Handler,
    wide: bool = False,
) -> rx.Component:
    """A dialog over the page; `on_open_change` gets False when it is dismissed."""
    head = rx.el.div(
        rx.el.div(_title(title), rx.cond(text, _description(text), _no_description())),
        _close_button("sm"),
        class_name="dialog-head",
    )
    look = "dialog dialog-wide" if wide else "dialog"
    # The head comes last, so that focus starts on what the dialog is about; the stylesheet puts it on top.
    return _layer(look, *children, head, is_open=is_open, on_open_change=on_open_change)


def confirm_dialog(
    *,
    title: Text,
    text: Text,
    confirm: Text,
    is_open: rx.Var[bool],
    on_open_change: Handler,
    on_confirm: Handler,
    variant: Variant = "danger",
    busy: Flag = False,
) -> rx.Component:
    """Ask once before something goes; `text` says what exactly."""
    return dialog(
        rx.el.div(
            DialogClose.create(t("Cancel"), class_name=button_class("secondary", "md")),
            button(confirm, variant=variant, on_click=on_confirm, disabled=busy),
            class_name="dialog-actions",
        ),
        title=title,
        text=text,
        is_open=is_open,
        on_open_change=on_open_change,
    )


def asking_button(
    *label: Child,
    title: Text,
    text: Text,
    confirm: Text,
    on_confirm: Handler,
    look: str = button_class("secondary", "md"),
) -> rx.Component:
    """A button that asks once, by itself, before something goes; `text` says what exactly."""
    return DialogRoot.create(
        DialogTrigger.create(*label, class_name=look, type="button"),
        DialogPortal.create(
            DialogOverlay.create(class_name="overlay"),
            DialogContent.create(
                rx.el.div(
                    DialogClose.create(t("Cancel"), class_name=button_class("secondary", "md")),
                    DialogClose.create(confirm, class_name=button_class("danger", "md"), on_click=on_confirm),
                    class_name="dialog-actions",
                ),
                rx.el.div(rx.el.div(_title(title), _description(text)), _close_button("sm"), class_name="dialog-head"),
                class_name="dialog",
            ),
        ),
    )


def confirm_typed(
    *,
    title: Text,
    text: Text,
    word: rx.Var[str],
    confirm: Text,
    is_open: rx.Var[bool],
    on_open_change: Handler,
    on_confirm: Handler,
    fields: tuple[rx.Component, ...] = (),
    variant: Variant = "danger",
    busy: Flag = False,
) -> rx.Component:
    """Ask for a typed name before something big happens, and for `fields` with it.

    `on_confirm` gets the form, {"typed": …}: the handler compares again, a browser can send anything.
    """
    return dialog(
        rx.el.form(
            *fields,
            rx.el.label(
                rx.el.span(t("Type “{word}” to go on", word=word), class_name="field-label"),
                rx.el.input(
                    name="typed",
                    class_name="input",
                    required=True,
                    pattern=_exactly(word),
                    auto_complete="off",
                    spell_check=False,
                ),
                class_name="field",
            ),
            rx.el.div(
                DialogClose.create(t("Cancel"), class_name=button_class("secondary", "md"), type="button"),
                button(confirm, variant=variant, type="submit", disabled=busy),
                class_name="dialog-actions",
            ),
            on_submit=on_confirm,
            class_name="stack form-typed",
        ),
        title=title,
        text=text,
        is_open=is_open,
        on_open_change=on_open_change,
    )


def sheet(
    *children: Child,
    title: Text,
    is_open: rx.Var[bool],
    on_open_change: Handler,
    side: Side = "right",
    actions: tuple[rx.Component, ...] = (),
) -> rx.Component:
    """A panel from the edge of the window: details on the right, navigation on the left, evidence from below."""
    head = rx.el.div(
        rx.el.div(_title(title), _no_description(), class_name="grow truncate"),
        *actions,
        _close_button("md"),
        class_name="sheet-head",
    )
    body = rx.el.div(*children, class_name="sheet-body")
    return _layer(f"sheet sheet-{side}", head, body, is_open=is_open, on_open_change=on_open_change)


def bare_layer(
    *children: Child, look: str, label: Text, is_open: rx.Var[bool], on_open_change: Handler
) -> rx.Component:
    """A dialog that brings its own head and classes; `label` is read to screen readers only."""
    name = DialogTitle.create(label, class_name="sr-only")
    return _layer(look, name, _no_description(), *children, is_open=is_open, on_open_change=on_open_change)


def _layer(look: str, *children: Child, is_open: rx.Var[bool], on_open_change: Handler) -> rx.Component:
    return DialogRoot.create(
        DialogPortal.create(
            DialogOverlay.create(class_name="overlay"), DialogContent.create(*children, class_name=look)
        ),
        open=is_open & _is_this_visit(),
        on_open_change=on_open_change,
    )


def _is_this_visit() -> rx.Var[bool]:
    """Return whether what is open was opened on this page, and not on one that was loaded before it in this tab."""
    visit = cast("rx.Var[str]", ConfirmIdentityState.visit)
    return (visit == "") | (visit == THIS_DOCUMENT)


def _exactly(word: rx.Var[str]) -> rx.Var[str]:
    """Return the pattern that only `word` matches."""
    script = f"({word!s}.replace(/[\\\\^$.*+?()[\\]{{}}|]/g, '\\\\$&'))"
    return rx.Var(script, _var_type=str, _var_data=word._get_all_var_data()).to(str)


def _title(title: Text) -> rx.Component:
    return DialogTitle.create(title, class_name="dialog-title")


def _description(text: Text) -> rx.Component:
    return DialogDescription.create(text, class_name="dialog-text")


def _no_description() -> rx.Component:
    return DialogDescription.create("", class_name="sr-only")


def _close_button(size: Size) -> rx.Component:
    look = button_class("ghost", size, is_icon=True)
    return DialogClose.create(icon("x"), class_name=look, custom_attrs={"aria-label": t("Close")})
