"""/welcome: the first owner and their organisation, once."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.entry_frame import entry_frame, password_field
from ragapp.ui.i18n import t
from ragapp.ui.states.entry import EntryState
from ragapp.ui.states.language import LanguageState


def first_run_page() -> rx.Component:
    """Set up this installation."""
    return entry_frame(t("Welcome"), t("Create your organisation and its first owner. This takes a minute."), _form())


def _form() -> rx.Component:
    return kit.post_form(
        rx.el.input(type="hidden", name="language", value=LanguageState.language, read_only=True),
        kit.text_field(
            t("Set-up token"),
            name="setup_token",
            required=True,
            default_value=EntryState.token,
            auto_complete="off",
            spell_check=False,
            hint=t("It is printed on the console where ragapp was started."),
        ),
        kit.text_field(
            t("Organisation"), name="organisation", required=True, max_length=200, default_value=EntryState.organisation
        ),
        kit.text_field(
            t("Your name"), name="name", auto_complete="name", max_length=200, default_value=EntryState.name
        ),
        kit.text_field(
            t("E-mail"),
            name="email",
            type="email",
            auto_complete="username",
            required=True,
            default_value=EntryState.email,
        ),
        password_field(t("Password"), auto_complete="new-password", hint=t("At least 10 characters."), min_length=10),
        _strength(),
        _samples(),
        kit.button(t("Create and start"), variant="primary", size="lg", type="submit", block=True),
        action="/auth/setup",
        class_name="stack entry-form",
    )


def _strength() -> rx.Component:
    # assets/js/entry.js sets data-level; the stylesheet shows the words that belong to it.
    return rx.el.div(
        rx.el.div(class_name="strength-bar", aria_hidden="true"),
        rx.el.span(t("Too short"), custom_attrs={"data-for": "1"}),
        rx.el.span(t("Better: longer, with several words"), custom_attrs={"data-for": "2"}),
        rx.el.span(t("Good password"), custom_attrs={"data-for": "3"}),
        class_name="strength",
        custom_attrs={"data-strength-of": "password", "data-level": "0"},
        role="status",
    )


def _samples() -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name="samples", default_checked=True, class_name="checkbox"),
        rx.el.span(t("Load sample documents, so that you can ask right away")),
        class_name="row check-row",
    )
