"""Things to copy: links, and secrets that are shown once."""

import reflex as rx

from ragapp.ui.i18n import t
from ragapp.ui.kit.actions import button
from ragapp.ui.kit.display import notice
from ragapp.ui.kit.types import Text


def copy_field(label: Text, value: rx.Var[str], *, name: str) -> rx.Component:
    """A value to take away, with a button that copies it."""
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="field-label"),
        rx.el.div(
            rx.el.input(id=name, name=name, value=value, read_only=True, class_name="input mono", spell_check=False),
            button(
                t("Copy"),
                icon_name="copy",
                on_click=[rx.set_clipboard(value), rx.toast.success(t("Copied"))],
            ),
            class_name="row",
        ),
        class_name="field",
    )


def secret_field(label: Text, value: rx.Var[str], *, name: str) -> rx.Component:
    """A secret that is shown this once."""
    return rx.el.div(
        copy_field(label, value, name=name),
        notice(
            rx.el.span(t("Copy it now: it is not stored and cannot be shown again.")),
            tone="warn",
            icon_name="triangle-alert",
        ),
        class_name="stack",
    )
