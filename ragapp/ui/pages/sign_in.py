"""/sign-in: e-mail and password, as a plain form post."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.entry_frame import entry_frame, password_field
from ragapp.ui.components.external_buttons import external_buttons
from ragapp.ui.i18n import t
from ragapp.ui.states.entry import EntryState
from ragapp.ui.states.external_choices import ExternalChoicesState


def sign_in_page() -> rx.Component:
    """Sign in."""
    text = t("Ask your documents and check the answer against the page.")
    return entry_frame(t("Sign in"), text, external_buttons(), _form(), _forgotten())


def _forgotten() -> rx.Component:
    return kit.link(t("Forgot your password?"), href="/forgot-password", class_name="entry-link")


def _form() -> rx.Component:
    return kit.post_form(
        rx.el.input(type="hidden", name="next", default_value=EntryState.next_path),
        kit.text_field(
            t("E-mail"),
            name="email",
            type="email",
            auto_complete="username",
            required=True,
            default_value=EntryState.email,
            auto_focus=True,
            on_blur=ExternalChoicesState.find,
        ),
        password_field(t("Password"), auto_complete="current-password"),
        kit.button(t("Sign in"), variant="primary", size="lg", type="submit", block=True),
        action="/auth/password",
        class_name="stack entry-form",
    )
