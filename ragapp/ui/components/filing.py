"""Folders and tags: how the list is narrowed down to some, and where a document is given them."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t, tn
from ragapp.ui.kit.types import Handler, Text
from ragapp.ui.states.document import DocumentState
from ragapp.ui.states.filing import INTO, OUT, STAY, FilingState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.selection import SelectionState

_library: Any = LibraryState
_document: Any = DocumentState.document
_filing: Any = FilingState
_selection: Any = SelectionState


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
        _folder_field(
            t("Folder"),
            "folders-in-use",
            t("For example Contracts/2026. Empty: in no folder."),
            default_value=_document.folder,
        ),
        _tags_field(t("Tags"), "tags", default_value=_document.tags),
        rx.el.div(
            kit.button(
                t("Cancel"), size="sm", on_click=DocumentState.set_filing(False), custom_attrs={"data-cancel": ""}
            ),
            kit.button(t("Save"), size="sm", variant="primary", type="submit"),
            class_name="dialog-actions",
        ),
        on_submit=DocumentState.file,
        class_name="stack",
    )


def file_documents_dialog() -> rx.Component:
    """Ask what is to become of the folder and the tags of the ticked documents."""
    count = _selection.ids.length()
    return kit.dialog(
        rx.el.form(
            kit.select(
                [(STAY, t("Leave as it is")), (INTO, t("Put into a folder")), (OUT, t("Remove from all folders"))],
                name="choice",
                label=t("Folder"),
                visible_label=True,
                value=_filing.choice,
                on_change=_filing.choose,
            ),
            rx.cond(
                _filing.choice == INTO,
                _folder_field(t("Which folder"), "folders-for-all", t("For example Contracts/2026."), required=True),
            ),
            _tags_field(t("Add tags"), "added"),
            _tags_field(t("Remove tags"), "taken"),
            rx.el.div(
                kit.button(t("Cancel"), on_click=_filing.set_open(False), type="button"),
                kit.button(t("Save"), variant="primary", type="submit"),
                class_name="dialog-actions",
            ),
            on_submit=_filing.submit,
            class_name="stack",
        ),
        title=t("Folder and tags"),
        text=tn("For the {n} selected document.", "For all {n} selected documents.", count),
        is_open=_filing.is_open,
        on_open_change=_filing.set_open,
    )


def _folder_field(label: Text, list_id: str, hint: Text, **options: Any) -> rx.Component:
    """A field for a folder that offers those in use."""
    field = kit.text_field(label, name="folder", hint=hint, max_length=300, auto_focus=True, list=list_id, **options)
    return rx.fragment(
        field, rx.el.datalist(rx.foreach(_library.folders, lambda path: rx.el.option(value=path)), id=list_id)
    )


def _tags_field(label: Text, name: str, **options: Any) -> rx.Component:
    return kit.text_field(label, name=name, hint=t("Words with commas between them."), max_length=1000, **options)


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
