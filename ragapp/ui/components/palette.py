"""The command palette (⌘K, Ctrl K) and the list of shortcuts (?)."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.kit.types import Text
from ragapp.ui.states.palette import Found, PaletteState


def palette() -> rx.Component:
    """Chats, documents and actions behind one box; arrows move, Enter goes."""
    return kit.bare_layer(
        rx.el.div(
            kit.icon("search"),
            rx.el.input(
                type="search",
                placeholder=t("Find chats, documents and actions"),
                aria_label=t("Find chats, documents and actions"),
                on_change=PaletteState.search.debounce(180),
                class_name="palette-input",
                auto_focus=True,
                auto_complete="off",
            ),
            kit.kbd("Esc"),
            class_name="palette-head",
        ),
        rx.el.div(
            _group(t("Actions"), *_actions(), shown=PaletteState.actions.length() > 0),
            _group(t("Chats"), _results(PaletteState.chats, "message-square"), shown=PaletteState.chats.length() > 0),
            _group(
                t("Documents"), _results(PaletteState.documents, "file-text"), shown=PaletteState.documents.length() > 0
            ),
            rx.cond(
                PaletteState.actions.length() + PaletteState.chats.length() + PaletteState.documents.length() == 0,
                rx.el.p(t("Nothing found."), class_name="palette-none"),
            ),
            class_name="palette-list",
            custom_attrs={"data-arrows": ""},
        ),
        look="palette",
        label=t("Find"),
        is_open=PaletteState.is_open,
        on_open_change=PaletteState.show,
    )  # fmt: skip


def shortcuts_dialog() -> rx.Component:
    """Everything the keyboard can do."""
    return kit.dialog(
        rx.el.dl(
            _shortcut(t("Find chats, documents and actions"), kit.mod_key(), "K"),
            _shortcut(t("New chat"), kit.mod_key(), "J"),
            _shortcut(t("Go to the question box"), "/"),
            _shortcut(t("Send the question"), "Enter"),
            _shortcut(t("New line"), "Shift", "Enter"),
            _shortcut(t("Previous and next citation"), "←", "→"),
            _shortcut(t("Stop the answer, close a panel"), "Esc"),
            _shortcut(t("Show the shortcuts"), "?"),
            class_name="shortcuts",
        ),
        title=t("Keyboard shortcuts"),
        is_open=PaletteState.shortcuts_open,
        on_open_change=PaletteState.show_shortcuts,
    )


def hidden_keys() -> rx.Component:
    """Buttons that only the keyboard presses."""
    return rx.el.div(
        _key("Mod+k", PaletteState.show(True)),
        _key("?", PaletteState.show_shortcuts(True)),
        class_name="key-targets",
        aria_hidden="true",
    )


def _key(key: str, event: EventSpec) -> rx.Component:
    return rx.el.button(on_click=event, type="button", tab_index=-1, custom_attrs={"data-key": key})


def _actions() -> list[rx.Component]:
    close = PaletteState.show(False)
    return [
        _action("chat", t("New chat"), "square-pen", href="/", on_click=close),
        _action("documents", t("Documents"), "files", href="/documents", on_click=close),
        _action("settings", t("Settings"), "settings", href="/settings", on_click=close),
    ]


def _action(name: str, text: Text, icon_name: str, **props: Any) -> rx.Component:
    return rx.cond(PaletteState.actions.contains(name), _entry(text, icon_name, **props))


def _group(title: Text, *entries: rx.Component, shown: rx.Var[bool]) -> rx.Component:
    return rx.cond(shown, rx.el.div(rx.el.h3(title, class_name="palette-title"), *entries, class_name="palette-group"))


def _results(results: rx.Var[list[Found]], icon_name: str) -> rx.Component:
    close = PaletteState.show(False)
    return rx.foreach(
        results, lambda found: _entry(found.title, icon_name, href=found.href, on_click=close, key=found.href)
    )


def _entry(text: Text, icon_name: str, **props: Any) -> rx.Component:
    return kit.link(kit.icon(icon_name), rx.el.span(text, class_name="truncate"), class_name="palette-entry", **props)


def _shortcut(text: Text, *keys: Text) -> rx.Component:
    return rx.el.div(rx.el.dt(text), rx.el.dd(kit.kbd(*keys)))
