"""An empty chat: three first steps, or questions that can be asked right away."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.model_notice import ModelNoticeState
from ragapp.ui.states.welcome import WelcomeState


def welcome() -> rx.Component:
    """What stands where the messages will be."""
    return rx.el.div(
        rx.el.h1(t("What would you like to know?")),
        rx.el.p(
            rx.cond(
                WelcomeState.loaded & ~WelcomeState.has_documents,
                t("Answers come from your documents only. Start by adding some."),
                t("Every answer names the document and the page, so that you can check it."),
            ),
            class_name="muted",
        ),
        rx.cond(
            WelcomeState.loaded,
            rx.cond(WelcomeState.has_documents, _questions(), _first_steps()),
            rx.el.div(kit.skeleton(height="44px"), kit.skeleton(height="44px"), class_name="suggestions"),
        ),
        class_name="welcome",
    )


def model_notice() -> rx.Component:
    """No language model: what works now and how to connect one."""
    return rx.cond(
        ModelNoticeState.no_model & (ModelNoticeState.dismissed == ""),
        rx.el.div(
            kit.icon("info"),
            rx.el.div(
                rx.el.span(t("Showing exact passages. Connect a model for written answers.")),
                rx.el.details(
                    rx.el.summary(t("How to connect")),
                    rx.el.p(t("Install Ollama on this machine and get a model; ragapp finds it by itself:")),
                    rx.el.p(rx.el.code(ModelNoticeState.hint)),
                    rx.el.p(
                        t("Is Ollama on another machine? Set its address first:"),
                        " ",
                        rx.el.code("OLLAMA_HOST=http://…:11434"),
                    ),
                ),
                class_name="grow",
            ),
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
        kit.link(
            *_step("plug", t("Connect a model"), t("Without one you get exact passages.")),
            href="/settings",
            class_name="card card-action",
        ),
        class_name="first-steps",
    )


def _step(icon_name: str, title: rx.Var[str], text: rx.Var[str]) -> tuple[rx.Component, ...]:
    return kit.icon(icon_name), rx.el.strong(title), rx.el.span(text, class_name="muted")
