"""Asks why an answer is bad, right after a thumbs-down."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.quality_words import reason_words
from ragapp.ui.i18n import t
from ragapp.ui.states.rating import RatingState

_rating: Any = RatingState


def rating_dialog() -> rx.Component:
    """A short list and a note; closing it leaves the rating without a reason."""
    choices = [_choice(value, name) for value, name in reason_words()]
    return kit.dialog(
        rx.el.form(
            rx.el.fieldset(
                rx.el.legend(t("Reason"), class_name="sr-only"), *choices, class_name="choices choices-thin"
            ),
            kit.text_area(t("Note (optional)"), name="comment", max_length=2000, rows="2"),
            rx.el.div(
                kit.button(t("Skip"), on_click=_rating.set_asking(False)),
                kit.button(t("Send"), type="submit", variant="primary"),
                class_name="dialog-actions",
            ),
            on_submit=_rating.send,
            class_name="stack",
            key=_rating.message_id,
        ),
        title=t("What is wrong with this answer?"),
        text=t(
            "Your administrators see the reason. They see the question, the answer and your note only if they may open"
            " this chat."
        ),
        is_open=_rating.message_id != "",
        on_open_change=_rating.set_asking,
    )


def _choice(value: str, name: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="reason",
            value=value,
            checked=_rating.reason == value,
            on_change=_rating.choose_reason(value),
        ),
        rx.el.span(name),
        class_name="choice",
    )
