"""/invite: join an organisation by the link one was sent."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.entry_frame import entry_frame, password_field
from ragapp.ui.components.role_words import role_name
from ragapp.ui.i18n import t
from ragapp.ui.states.entry import EntryState
from ragapp.ui.states.invite import InviteState
from ragapp.ui.states.language import LanguageState

_invite: Any = InviteState


def invite_page() -> rx.Component:
    """Show the offer, or say that the link does not work."""
    title = rx.cond(_invite.is_usable, t("Join {organisation}", organisation=_invite.organisation), t("Invitation"))
    text = rx.cond(_invite.is_usable, t("You are invited to ask questions about this organisation's documents."), "")
    return entry_frame(title, text, rx.cond(_invite.is_usable, _form(), _way_out()))


def _form() -> rx.Component:
    return kit.post_form(
        rx.el.input(type="hidden", name="token", default_value=EntryState.token),
        rx.el.input(type="hidden", name="language", value=LanguageState.language, read_only=True),
        rx.el.dl(
            rx.el.div(rx.el.dt(t("E-mail")), rx.el.dd(_invite.email), class_name="fact"),
            rx.el.div(rx.el.dt(t("Role")), rx.el.dd(role_name(_invite.role)), class_name="fact"),
            class_name="facts",
        ),
        rx.cond(_invite.is_signed_in, rx.fragment(), _proof()),
        kit.button(t("Join"), variant="primary", size="lg", type="submit", block=True),
        action="/auth/invite",
        class_name="stack entry-form",
    )


def _proof() -> rx.Component:
    return rx.fragment(
        # Browsers remember the password under this name.
        rx.el.input(
            type="email", name="username", auto_complete="username", value=_invite.email, hidden=True, read_only=True
        ),
        kit.text_field(
            t("Your name"),
            name="name",
            auto_complete="name",
            default_value=EntryState.name,
            hint=t("Not needed if you have an account here already."),
        ),
        password_field(
            t("Password"),
            auto_complete="current-password",
            hint=t("New here? Choose one of at least 10 characters. With an account already, enter its password."),
        ),
    )


def _way_out() -> rx.Component:
    return kit.link(t("Go to the sign-in page"), href="/sign-in")
