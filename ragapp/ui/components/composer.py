"""The box one asks in. Uncontrolled: what is typed stays in the browser until it is sent (`assets/js/composer.js`)."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.narrowing import narrowing
from ragapp.ui.components.room_line import room_line
from ragapp.ui.i18n import t
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.stream import StreamState

MAX_CHARACTERS = 8000
"""A hint to the browser; the service has the last word."""


def composer() -> rx.Component:
    """Text box with Send, which becomes Stop while an answer is being written; words instead where one may not ask."""
    return rx.cond(ChatState.may_write, rx.fragment(narrowing(), _form(), room_line()), _read_only())


def _read_only() -> rx.Component:
    return kit.notice(
        rx.el.span(
            t("You can read this chat. To ask in it, ask {name} for the right to, or", name=ChatState.owner_name),
            " ",
            kit.link(t("start a chat of your own"), href="/"),
            ".",
        ),
        icon_name="lock",
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.textarea(
            name="question",
            rows="1",
            max_length=MAX_CHARACTERS,
            placeholder=t("Ask your documents…"),
            aria_label=t("Ask your documents…"),
            class_name="composer-text",
            auto_complete="off",
            custom_attrs={"data-key": "/", "enterKeyHint": "send"},
        ),
        rx.cond(_is_busy(), _stop(), _send()),
        on_submit=ChatState.ask,
        class_name="composer",
        custom_attrs={"data-busy": rx.cond(_is_busy(), "", rx.Var("undefined"))},
    )


def _is_busy() -> rx.Var[bool]:
    return StreamState.run_id != ""


def _send() -> rx.Component:
    return kit.icon_button("arrow-up", t("Send"), variant="primary", type="submit", key="send")


def _stop() -> rx.Component:
    return kit.icon_button(
        "square",
        t("Stop"),
        variant="primary",
        on_click=StreamState.stop,
        disabled=StreamState.stopping,
        custom_attrs={"data-key": "Escape"},
        key="stop",
    )
