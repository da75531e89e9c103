"""Above a chat: whose it is, with whom it is shared, and who of the administrators read it."""

from typing import Any

import reflex as rx

from ragapp.core.scope import Permission
from ragapp.ui import kit
from ragapp.ui.formatting import date
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.readings import ReadingsState
from ragapp.ui.states.sharing import SharingState

_chat: Any = ChatState
_readings: Any = ReadingsState


def chat_head() -> rx.Component:
    """A slim line; nothing on a chat that is not there yet."""
    return rx.cond(
        (_chat.open_chat != "") & ~_chat.missing & ~_chat.loading,
        rx.el.header(
            rx.el.h1(_chat.title, class_name="chat-title truncate"),
            rx.cond(_chat.is_mine, _own(), _given()),
            class_name="chat-head",
        ),
    )


def reading_notice() -> rx.Component:
    """Say that an administrator read this chat."""
    return rx.cond(
        _readings.rows.length() > 0,
        rx.el.div(
            rx.foreach(
                _readings.rows,
                lambda row: kit.notice(
                    t("Read by {name} on {date}", name=row.name, date=date(row.at)), icon_name="eye", key=row.at
                ),
            ),
            class_name="stack chat-readings",
        ),
    )


def _own() -> rx.Component:
    badge = rx.cond(_chat.is_shared, kit.badge(t("Shared"), tone="accent", icon_name="users"))
    button = kit.button(
        t("Share"), size="sm", icon_name="share-2", on_click=SharingState.show(_chat.open_chat), key="share"
    )
    return rx.el.div(badge, rx.cond(_may_share(), button), class_name="row")


def _may_share() -> rx.Var[bool]:
    return AuthState.permissions.contains(Permission.SHARE_CHATS.value)


def _given() -> rx.Component:
    may = rx.cond(
        _chat.may_write,
        t("Shared by {name}. You can ask here.", name=_chat.owner_name),
        t("Shared by {name}. You can read.", name=_chat.owner_name),
    )
    return rx.el.span(kit.icon("users"), may, class_name="row muted chat-given")
