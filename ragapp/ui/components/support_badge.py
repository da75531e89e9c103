"""How well the documents support an answer: a word, a number and one sentence why."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.formatting import percent
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.rows import MessageRow


def support_badge(message: rx.Var[MessageRow]) -> rx.Component:
    """The badge of an answered question."""
    return rx.match(
        message.support,
        ("strong", _badge(message, "ok", "shield-check", t("Well supported"))),
        ("partial", _badge(message, "warn", "shield-half", t("Partly supported"))),
        ("weak", _badge(message, "bad", "shield-alert", t("Weak evidence"))),
        rx.fragment(),
    )


def _badge(message: rx.Var[MessageRow], tone: kit.Tone, icon_name: str, words: rx.Var[str]) -> rx.Component:
    share = percent(message.percent.to(float) / 100)
    return rx.el.div(
        kit.badge(words, rx.el.span("· ", share, class_name="numbers"), tone=tone, icon_name=icon_name),
        rx.el.span(_reason(message), class_name="support-reason"),
        class_name="support",
    )


def _reason(message: rx.Var[MessageRow]) -> rx.Component:
    count = message.sources.length()
    return rx.match(
        message.support,
        ("strong", tn("{n} passage says this directly.", "{n} passages say this directly.", count)),
        ("partial", t("The passages cover part of the question. Check them before relying on it.")),
        t("The passages only touch on the question. Read them yourself."),
    )
