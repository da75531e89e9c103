"""Folders and tags: how the list is narrowed down to some, and where a document is given them."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.kit.types import Handler, Text
from ragapp.ui.states.document import DocumentState
from ragapp.ui.states.library import LibraryState

_library: Any = LibraryState
_document: Any = DocumentState.document


def filing_filters() -> rx.Component:
    """A choice of folders and one of tags, each where there are any."""
    folder, tag = _library.folder, _library.tag
    return rx.fragment(
        _choice(_library.folders, t("All folders"), "folder-filter", t("Folder"), folder, _library.filter_folder),
        _choice(_library.tags, t("All tags"), "tag-filter", t("Tag"), tag, _library.filter_tag),
    )


def filing_form() -> rx.Component:
    """Where a document lies and what it is tagged with; folders and tags in use are offered."""
    return rx.el.form(
        kit.text_field(
            t("Folder"),
            name="folder",
            hint=t("For example Contracts/2026. Empty: in no folder."),
            default_value=_document.folder,
            max_length=300,
            auto_focus=True,
            list="folders-in-use",
        ),
        rx.el.datalist(rx.foreach(_library.folders, lambda path: rx.el.option(value=path)), id="folders-in-use"),
        kit.text_field(
            t("Tags"),
            name="tags",
            hint=t("Words with commas between them."),
            default_value=_document.tags,
            max_length=1000,
        ),
        rx.el.div(
            kit.button(t("Cancel"), size="sm", on_click=DocumentState.set_filing(False)),
            kit.button(t("Save"), size="sm", variant="primary", type="submit"),
            class_name="dialog-actions",
        ),
        on_submit=DocumentState.file,
        class_name="stack",
    )


def _choice(options: Any, all_of_them: Text, name: str, label: Text, value: Any, on_change: Handler) -> rx.Component:
    return rx.cond(
        options.length() > 0,
        rx.el.select(
            rx.el.option(all_of_them, value=""),
            rx.foreach(options, lambda option: rx.el.option(option, value=option)),
            name=name,
            class_name="input",
            aria_label=label,
            value=value,
            on_change=on_change,
        ),
    )
