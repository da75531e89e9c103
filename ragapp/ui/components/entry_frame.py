"""The calm frame of the pages shown before sign-in: one card, the product's name, the language switch."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t
from ragapp.ui.states.entry import EntryState
from ragapp.ui.states.language import LanguageState

_entry: Any = EntryState


def entry_frame(title: rx.Var[str], text: rx.Var[str], *content: rx.Component) -> rx.Component:
    """Centre one card on the page; nothing is shown before it is known whether somebody has to sign in."""
    return rx.el.main(
        rx.el.div(
            rx.el.div(kit.icon("book-open-check", size=22), rx.el.span("ragapp"), class_name="entry-brand"),
            rx.el.h1(title),
            rx.el.p(text, class_name="muted"),
            rx.cond(_entry.error_code, _error()),
            rx.cond(_entry.is_reset, _reset_done()),
            rx.cond(_entry.is_ready, rx.fragment(*content), _skeleton()),
            class_name="entry-card",
        ),
        _language_switch(),
        class_name="entry",
        lang=LanguageState.language,
    )


def password_field(label: rx.Var[str], *, auto_complete: str, hint: Any = "", **props: Any) -> rx.Component:
    """A password with a switch that shows it; `assets/js/entry.js` does it without sending anything."""
    return rx.el.div(
        kit.text_field(
            label, name="password", type="password", auto_complete=auto_complete, required=True, hint=hint, **props
        ),
        kit.icon_button(
            "eye", t("Show password"), size="sm", custom_attrs={"data-shows": "password"}, aria_pressed="false"
        ),
        class_name="password-field",
    )


def _error() -> rx.Component:
    wait = t("Too many tries. Wait {seconds} s and try again.", seconds=_entry.wait_s)
    text = rx.cond(_entry.wait_s > 0, wait, error_text(_entry.error_code))
    return rx.el.div(kit.notice(text, tone="bad", icon_name="circle-alert"), role="alert")


def _reset_done() -> rx.Component:
    text = t("Your new password is saved. Sign in with it.")
    return rx.el.div(kit.notice(text, tone="ok", icon_name="circle-check"), role="status")


def _skeleton() -> rx.Component:
    return rx.el.div(*[kit.skeleton(height="36px") for _ in range(3)], class_name="stack", aria_busy="true")


def _language_switch() -> rx.Component:
    # A language is always offered in its own words.
    return rx.el.div(
        kit.button("Hrvatski", variant="ghost", size="sm", on_click=LanguageState.choose("hr"), lang="hr"),
        kit.button("English", variant="ghost", size="sm", on_click=LanguageState.choose("en"), lang="en"),
        class_name="row",
        role="group",
        aria_label=t("Language"),
    )
