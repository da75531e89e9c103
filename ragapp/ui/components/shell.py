"""The frame of every signed-in page: sidebar, content, an optional panel on the right."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.confirm_identity import confirm_identity_dialog
from ragapp.ui.components.palette import hidden_keys, palette, shortcuts_dialog
from ragapp.ui.components.sidebar import chat_dialogs, sidebar
from ragapp.ui.components.upload_tray import upload_tray
from ragapp.ui.i18n import t
from ragapp.ui.kit.types import Child, Text
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.sidebar import SidebarState


def shell(content: Child, *, title: Text, panel: Child | None = None) -> rx.Component:
    """Frame a page.

    Args:
        content: The page itself; it scrolls on its own.
        title: What the top bar of a phone says.
        panel: Something beside the content, such as the evidence.
    """
    return rx.cond(
        AuthState.signed_in,  # known with the first answer of the server, and kept while the connection is lost
        rx.el.div(
            rx.el.a(t("Skip to the content"), href="#content", class_name="skip-link"),
            rx.el.div(sidebar(), class_name="shell-side"),
            rx.el.div(
                _top_bar(title),
                rx.el.main(content, id="content", class_name="shell-main"),
                upload_tray(),
                class_name="shell-column",
            ),
            *([panel] if panel is not None else []),
            _drawer(),
            chat_dialogs(),
            confirm_identity_dialog(),
            palette(),
            shortcuts_dialog(),
            hidden_keys(),
            lang=LanguageState.language,
            class_name="shell",
        ),
        waiting_shell(),
    )


def page_frame(
    *children: Child, title: Text, actions: tuple[rx.Component, ...] = (), wide: bool = False
) -> rx.Component:
    """A scrolling page with a heading and its actions on the right; for everything but the chat."""
    return rx.el.div(
        rx.el.header(rx.el.h1(title), rx.el.div(*actions, class_name="row"), class_name="page-head"),
        *children,
        class_name="page page-wide" if wide else "page",
    )


def waiting_shell() -> rx.Component:
    """The same frame in grey, until the first answer of the server."""
    return rx.el.div(
        rx.el.div(
            rx.el.div(kit.skeleton_lines("60%", "80%", "45%", "70%", "65%"), class_name="sidebar-loading"),
            class_name="shell-side",
        ),
        rx.el.div(
            rx.el.div(kit.skeleton_lines("40%", "100%", "92%", "70%"), class_name="waiting"), class_name="shell-column"
        ),
        class_name="shell",
        aria_busy="true",
    )


def _top_bar(title: Text) -> rx.Component:
    return rx.el.header(
        kit.icon_button("menu", t("Open the menu"), on_click=SidebarState.show_drawer(True)),
        rx.el.span(title, class_name="truncate grow top-title"),
        kit.icon_link("square-pen", t("New chat"), href="/"),
        class_name="top-bar",
    )


def _drawer() -> rx.Component:
    return kit.bare_layer(
        sidebar(),
        look="sheet sheet-left",
        label=t("Menu"),
        is_open=SidebarState.drawer_open,
        on_open_change=SidebarState.show_drawer,
    )
