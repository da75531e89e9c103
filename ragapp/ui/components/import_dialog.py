"""The dialog that adds a document by its web address."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.upload_target import target_field
from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.importing import ONCE, PAGE, SITEMAP, ImportState

_import: Any = ImportState


def import_button() -> rx.Component:
    """The button that asks for an address; only for those who may add documents."""
    return rx.cond(
        AuthState.can_write_documents,
        kit.button(t("Add from a web address"), icon_name="link", on_click=_import.set_open(True)),
    )


def import_dialog() -> rx.Component:
    """Ask for an address, what is there and how often to look again."""
    return kit.dialog(
        rx.el.form(
            kit.text_field(
                t("Web address"),
                name="url",
                type="url",
                required=True,
                max_length=2000,
                auto_focus=True,
                placeholder="https://",
                error=rx.cond(_import.error_code, error_text(_import.error_code), ""),
            ),
            kit.select(
                [(PAGE, t("One page or file")), (SITEMAP, t("All pages of a sitemap"))],
                name="what",
                label=t("What is there"),
                visible_label=True,
            ),
            kit.select(
                [(ONCE, t("Only once")), ("86400", t("Every day")), ("604800", t("Every week"))],
                name="every",
                label=t("Check for changes"),
                visible_label=True,
                hint=t("A change becomes a new version; answers keep showing what they cited."),
            ),
            target_field(),
            rx.el.div(
                kit.button(t("Cancel"), on_click=_import.set_open(False), type="button"),
                kit.button(t("Add"), variant="primary", type="submit"),
                class_name="dialog-actions",
            ),
            on_submit=_import.submit,
            class_name="stack",
        ),
        title=t("Add from a web address"),
        text=t("The page is read like a file you upload. Only public addresses can be read."),
        is_open=_import.is_open,
        on_open_change=_import.set_open,
    )
