"""Form fields: label, control, hint and error wired for screen readers. Controls are native and uncontrolled."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from ragapp.ui.kit.display import icon
from ragapp.ui.kit.types import Text

OptionList = Sequence[tuple[str, Text]]


def field(control: rx.Component, label: Text, *, field_id: str, hint: Text = "", error: Text = "") -> rx.Component:
    """A label above a control, with a hint or an error below; the control's id must be `field_id`."""
    return rx.el.div(
        rx.el.label(label, html_for=field_id, class_name="field-label"),
        control,
        rx.cond(error, rx.el.p(error, class_name="field-error", role="alert", id=f"{field_id}-error"), _hint(hint)),
        class_name="field",
    )


def text_field(label: Text, *, name: str, hint: Text = "", error: Text = "", **props: Any) -> rx.Component:
    """A one-line input with its label; pass `type`, `required`, `max_length` … as for `rx.el.input`."""
    field_id = props.pop("id", name)
    control = rx.el.input(name=name, id=field_id, class_name="input", aria_invalid=_invalid(error), **props)
    return field(control, label, field_id=field_id, hint=hint, error=error)


def text_area(label: Text, *, name: str, hint: Text = "", error: Text = "", **props: Any) -> rx.Component:
    """A several-line input with its label."""
    field_id = props.pop("id", name)
    control = rx.el.textarea(name=name, id=field_id, class_name="input", aria_invalid=_invalid(error), **props)
    return field(control, label, field_id=field_id, hint=hint, error=error)


def select(
    options: OptionList, *, name: str, label: Text, visible_label: bool = False, hint: Text = "", **props: Any
) -> rx.Component:
    """A native choice of (value, text) pairs: right on phones, typed in on desktops."""
    control = rx.el.select(
        *[rx.el.option(text, value=value) for value, text in options],
        name=name,
        id=name,
        class_name="input",
        aria_label=label,
        **props,
    )
    return field(control, label, field_id=name, hint=hint) if visible_label else control


def check_field(text: Text, *, name: str, **props: Any) -> rx.Component:
    """A box to tick with what it means beside it; a form sends "on" for it, or nothing."""
    return rx.el.label(
        rx.el.input(type="checkbox", class_name="checkbox", name=name, **props),
        rx.el.span(text),
        class_name="row check-row",
    )


def search_field(placeholder: Text, **props: Any) -> rx.Component:
    """A search box with a magnifier; give `on_change=State.search.debounce(250)`.

    Of a list with an address give `default_value=State.query` and `key=State.search_box` too.
    """
    return rx.el.div(
        icon("search"),
        rx.el.input(type="search", placeholder=placeholder, aria_label=placeholder, class_name="input", **props),
        class_name="input-icon",
    )


def _hint(hint: Text) -> rx.Component:
    return rx.cond(hint, rx.el.p(hint, class_name="field-hint"))


def _invalid(error: Text) -> rx.Var[str] | str:
    return rx.cond(error, "true", "false")
