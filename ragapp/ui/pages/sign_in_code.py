"""/sign-in/code: the second factor, after the password."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.entry_frame import entry_frame
from ragapp.ui.i18n import t
from ragapp.ui.states.entry import EntryState


def sign_in_code_page() -> rx.Component:
    """Type the code that the app shows."""
    text = t("Type the code that your authenticator app shows, or one of your recovery codes.")
    return entry_frame(t("One more step"), text, _form())


def _form() -> rx.Component:
    return rx.fragment(
        kit.post_form(
            rx.el.input(type="hidden", name="next", default_value=EntryState.next_path),
            kit.text_field(
                t("Code"),
                name="code",
                auto_complete="one-time-code",
                required=True,
                auto_focus=True,
                max_length=64,
                spell_check=False,
            ),
            kit.button(t("Sign in"), variant="primary", size="lg", type="submit", block=True),
            action="/auth/code",
            class_name="stack entry-form",
        ),
        kit.link(t("Back to sign-in"), href="/sign-in", class_name="entry-link"),
    )
