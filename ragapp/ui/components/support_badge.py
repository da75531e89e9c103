"""Whether an answer answers the question: in words, and one sentence why. The number is for programs."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.rows import MessageRow


def support_badge(message: rx.Var[MessageRow]) -> rx.Component:
    """The badge of an answered question."""
    return rx.match(
        message.support,
        ("strong", _badge(message, "ok", "shield-check", t("Answers your question"))),
        ("partial", _badge(message, "warn", "shield-half", t("Probably answers your question"))),
        ("weak", _badge(message, "bad", "shield-alert", t("May not answer your question"))),
        rx.fragment(),
    )


def _badge(message: rx.Var[MessageRow], tone: kit.Tone, icon_name: str, words: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        kit.badge(words, tone=tone, icon_name=icon_name),
        rx.el.span(_reason(message), class_name="support-reason"),
        class_name="support",
    )


def _reason(message: rx.Var[MessageRow]) -> rx.Component:
    count = message.sources.length()
    return rx.match(
        message.support,
        ("strong", tn("Quoted from {n} passage.", "Quoted from {n} passages.", count)),
        ("partial", t("Check the quoted passage before relying on it.")),
        t("This is the nearest that was found. Read the passage yourself."),
    )
