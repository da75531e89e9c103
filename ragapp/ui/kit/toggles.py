"""Switches that say what they do."""

import reflex as rx

from ragapp.ui.kit.display import icon
from ragapp.ui.kit.types import Child, Flag, Handler, Text


def toggle(
    label: Text,
    text: Text,
    *,
    name: str,
    is_on: Flag,
    on_change: Handler,
    locked: Text = "",
    extra: Child | None = None,
) -> rx.Component:
    """A switch with its name and what happens when it is on; `locked` says why it cannot be moved, "" while it can."""
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=name, class_name="toggle-label"),
            rx.el.p(text, class_name="muted", id=f"{name}-text"),
            rx.cond(locked, rx.el.p(icon("lock"), locked, class_name="toggle-locked")),
            *([extra] if extra is not None else []),
            class_name="grow",
        ),
        rx.el.input(
            type="checkbox",
            role="switch",
            id=name,
            name=name,
            class_name="switch",
            checked=is_on,
            on_change=on_change,
            disabled=locked != "",
            aria_describedby=f"{name}-text",
        ),
        class_name="toggle",
    )
