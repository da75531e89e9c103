"""The chat: question, answer, evidence."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.chat_head import chat_head, reading_notice
from ragapp.ui.components.composer import composer
from ragapp.ui.components.evidence import evidence_panel
from ragapp.ui.components.messages import message_list, open_answer
from ragapp.ui.components.rating_dialog import rating_dialog
from ragapp.ui.components.shell import shell
from ragapp.ui.components.welcome import model_notice, welcome
from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t
from ragapp.ui.states.chat import ChatState, latest_answer


def chat_page() -> rx.Component:
    """The page at `/` (a new chat) and `/chat/[chat_id]`."""
    title = rx.cond(ChatState.title != "", ChatState.title, t("New chat"))
    return shell(
        rx.el.div(
            chat_head(),
            rx.el.div(
                rx.el.div(reading_notice(), _conversation(), class_name="chat-column"),
                class_name="chat-scroll",
                custom_attrs={"data-stick": ""},
            ),
            rx.el.div(_to_end(), model_notice(), composer(), class_name="chat-foot"),
            rating_dialog(),
            class_name="chat",
        ),
        title=title,
        panel=evidence_panel(),
    )


def _to_end() -> rx.Component:
    return rx.el.button(
        t("New text below"),
        kit.icon("arrow-down"),
        type="button",
        class_name="to-end",
        custom_attrs={"data-to-end": ""},
    )


def _conversation() -> rx.Component:
    return rx.cond(
        ChatState.loading,
        _skeleton(),
        rx.cond(
            ChatState.missing,
            kit.empty_state(
                "message-square-off",
                t("This chat is not here"),
                t("It was deleted, or it belongs to someone else."),
                kit.button_link(t("New chat"), href="/", variant="primary"),
            ),
            rx.cond(
                ChatState.failed_code != "",
                kit.error_state(
                    t("The chat could not be loaded"),
                    error_text(ChatState.failed_code),
                    kit.button(t("Try again"), on_click=ChatState.open),
                ),
                rx.cond(
                    ChatState.open_chat == "",
                    welcome(),
                    rx.fragment(_older(), message_list(), open_answer(), _announcement()),
                ),
            ),
        ),
    )


def _older() -> rx.Component:
    return rx.cond(
        ChatState.older_cursor != "",
        rx.el.div(kit.button(t("Show earlier messages"), size="sm", on_click=ChatState.load_older), class_name="older"),
    )


def _announcement() -> rx.Component:
    return rx.el.div(latest_answer(), class_name="sr-only", role="status", aria_live="polite")


def _skeleton() -> rx.Component:
    return rx.el.div(
        rx.el.div(kit.skeleton(width="46%", height="40px"), class_name="row-end"),
        kit.skeleton_lines("96%", "100%", "88%", "62%"),
        class_name="stack chat-skeleton",
        aria_busy="true",
    )
