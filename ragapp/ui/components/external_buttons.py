"""Buttons that lead to the organisation's own sign-in service."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.states.external_choices import ExternalChoicesState

_choices: Any = ExternalChoicesState


def external_buttons() -> rx.Component:
    """Every service that is offered, above the password; nothing where there is none."""
    buttons = rx.el.div(rx.foreach(_choices.choices, _button), class_name="stack")
    divider = rx.el.p(t("or with your password"), class_name="muted entry-divider")
    return rx.cond(_choices.choices.length() > 0, rx.el.div(buttons, divider, class_name="stack entry-external"))


def _button(choice: Any) -> rx.Component:
    return kit.button_link(
        t("Continue with {name}", name=choice.name),
        href=choice.href,
        icon_name="log-in",
        size="lg",
        block=True,
        full_load=True,
        key=choice.id,
    )
