"""/forgot-password and /reset-password: a link by mail, and the new password behind it."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.entry_frame import entry_frame, password_field
from ragapp.ui.i18n import t
from ragapp.ui.states.entry import EntryState
from ragapp.ui.states.language import LanguageState

_entry: Any = EntryState


def forgot_password_page() -> rx.Component:
    """Ask for a link."""
    text = t("We send a link to your e-mail address. With it you choose a new password.")
    return entry_frame(t("Forgot your password?"), text, rx.cond(_entry.is_sent, _sent(), _request_form()), _back())


def reset_password_page() -> rx.Component:
    """Choose a new password."""
    text = t("All devices that are signed in with the old one are signed out.")
    return entry_frame(t("Choose a new password"), text, _reset_form(), _back())


def _request_form() -> rx.Component:
    return kit.post_form(
        rx.el.input(type="hidden", name="language", value=LanguageState.language, read_only=True),
        kit.text_field(
            t("E-mail"), name="email", type="email", auto_complete="username", required=True, auto_focus=True
        ),
        kit.button(t("Send the link"), variant="primary", size="lg", type="submit", block=True),
        action="/auth/forgot",
        class_name="stack entry-form",
    )


def _sent() -> rx.Component:
    text = t("If there is an account with this address, a link is on its way. It works for one hour.")
    return rx.el.div(kit.notice(text, tone="ok", icon_name="mail-check"), role="status")


def _reset_form() -> rx.Component:
    return kit.post_form(
        rx.el.input(type="hidden", name="token", default_value=_entry.token),
        password_field(
            t("New password"), auto_complete="new-password", hint=t("At least 10 characters."), min_length=10
        ),
        kit.check_field(t("Also end all my API keys. Programs that use them stop working."), name="end_keys"),
        kit.button(t("Save the new password"), variant="primary", size="lg", type="submit", block=True),
        action="/auth/reset",
        class_name="stack entry-form",
    )


def _back() -> rx.Component:
    return kit.link(t("Back to sign-in"), href="/sign-in", class_name="entry-link")
