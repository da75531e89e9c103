"""An empty chat: three first steps, or questions that can be asked right away."""

import reflex as rx

from ragapp.core.lifecycle import DocumentStatus
from ragapp.ui import kit
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.model_notice import ModelNoticeState
from ragapp.ui.states.room import RoomState
from ragapp.ui.states.welcome import WelcomeState

MODEL_PAGE = "/platform/model"


def welcome() -> rx.Component:
    """What stands where the messages will be."""
    return rx.el.div(
        rx.el.h1(t("What would you like to know?")),
        rx.el.p(_what_to_expect(), class_name="muted"),
        rx.cond(
            WelcomeState.loaded,
            rx.fragment(
                rx.cond(WelcomeState.reading_count > 0, _reading()),
                rx.cond(
                    WelcomeState.has_documents, _questions(), rx.cond(WelcomeState.reading_count == 0, _first_steps())
                ),
            ),
            rx.el.div(kit.skeleton(height="44px"), kit.skeleton(height="44px"), class_name="suggestions"),
        ),
        class_name="welcome",
    )


def _what_to_expect() -> rx.Var[str]:
    can_ask = t("Every answer names the document and the page, so that you can check it.")
    soon = t("Your documents are being read. You can ask as soon as the first one is ready.")
    none = t("Answers come from your documents only. Start by adding some.")
    return rx.cond(
        ~WelcomeState.loaded | WelcomeState.has_documents, can_ask, rx.cond(WelcomeState.reading_count > 0, soon, none)
    )


def _reading() -> rx.Component:
    """How far reading has come; the page follows by itself unless that is switched off."""
    count = tn("Reading {n} document", "Reading {n} documents", WelcomeState.reading_count)
    return rx.el.div(
        rx.el.div(
            rx.el.span(count, class_name="grow"),
            rx.el.span(number(WelcomeState.percent), "\u00a0%", class_name="muted numbers"),
            rx.cond(~RoomState.is_live, kit.button(t("Refresh"), size="sm", on_click=WelcomeState.load)),
            class_name="row",
        ),
        kit.progress_bar(WelcomeState.percent, count),
        class_name="welcome-reading",
    )


def model_notice() -> rx.Component:
    """No language model: what works now, and for those who can do something about it the way there."""
    for_operators = rx.fragment(
        rx.el.span(t("Showing exact passages. Connect a model for written answers.")),
        " ",
        kit.link(t("How to connect"), href=MODEL_PAGE, class_name="nowrap"),
    )
    for_others = rx.el.span(t("Exact passages are shown. Your operator can connect a model for written answers."))
    return rx.cond(
        ModelNoticeState.no_model & (ModelNoticeState.dismissed == ""),
        rx.el.div(
            kit.icon("info"),
            rx.el.div(rx.cond(AuthState.is_operator, for_operators, for_others), class_name="grow"),
            kit.icon_button("x", t("Dismiss"), size="sm", on_click=ModelNoticeState.dismiss),
            class_name="notice model-notice",
            role="status",
        ),
    )


def _questions() -> rx.Component:
    return rx.el.div(
        rx.foreach(
            WelcomeState.questions,
            lambda question: rx.el.button(
                rx.el.span(question, class_name="grow"),
                kit.icon("arrow-right"),
                type="button",
                class_name="suggestion",
                on_click=ChatState.ask_text(question),
                key=question,
            ),
        ),
        class_name="suggestions",
    )


def _first_steps() -> rx.Component:
    unread = kit.notice(
        rx.el.span(
            tn("{n} document could not be read.", "{n} documents could not be read.", WelcomeState.failed_count),
            " ",
            kit.link(t("See why"), href=f"/documents?status={DocumentStatus.FAILED.value}"),
        ),
        tone="warn",
        icon_name="circle-alert",
    )
    return rx.fragment(rx.cond(WelcomeState.failed_count > 0, unread), _cards())


def _cards() -> rx.Component:
    return rx.el.div(
        rx.cond(
            AuthState.can_write_documents,
            rx.fragment(
                kit.link(
                    *_step("upload", t("Add your documents"), t("PDF, Word, Excel, PowerPoint, text and more.")),
                    href="/documents",
                    class_name="card card-action",
                ),
                rx.el.button(
                    *_step("library", t("Try the samples"), t("A dozen short documents in Croatian and English.")),
                    type="button",
                    class_name="card card-action",
                    on_click=WelcomeState.load_samples,
                    disabled=WelcomeState.loading_samples,
                ),
            ),
        ),
        rx.cond(AuthState.is_operator & ModelNoticeState.no_model, _connect_a_model()),
        class_name="first-steps",
    )


def _connect_a_model() -> rx.Component:
    return kit.link(
        *_step("plug", t("Connect a model"), t("Without one you get exact passages.")),
        href=MODEL_PAGE,
        class_name="card card-action",
    )


def _step(icon_name: str, title: rx.Var[str], text: rx.Var[str]) -> tuple[rx.Component, ...]:
    return kit.icon(icon_name), rx.el.strong(title), rx.el.span(text, class_name="muted")
