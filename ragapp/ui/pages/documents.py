"""/documents: the library."""

from typing import Any

import reflex as rx

from ragapp.core.lifecycle import DocumentStatus
from ragapp.ui import kit
from ragapp.ui.components.delete_documents import delete_documents_dialog
from ragapp.ui.components.document_drawer import document_drawer
from ragapp.ui.components.document_status import status_text
from ragapp.ui.components.document_table import document_table, selection_bar
from ragapp.ui.components.drop_zone import add_documents_button
from ragapp.ui.components.filing import file_documents_dialog, filing_filters
from ragapp.ui.components.import_dialog import import_button, import_dialog
from ragapp.ui.components.shell import page_frame, shell
from ragapp.ui.components.upload_target import target_line
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.library import IN_PROGRESS, LibraryState
from ragapp.ui.states.room import RoomState

_library: Any = LibraryState


def documents_page() -> rx.Component:
    """Everything that can be asked about: find, add, follow, delete."""
    page = page_frame(
        rx.el.div(
            rx.el.div(_filters(), selection_bar(), class_name="library-tools"),
            _chips(),
            target_line(),
            rx.cond(_library.is_loading, _skeleton(), rx.cond(_library.error_code, _error(), _list())),
            class_name="library",
        ),
        title=t("Documents"),
        actions=(rx.el.div(_refresh(), import_button(), add_documents_button(), class_name="row wrap"),),
        wide=True,
    )
    dialogs = (document_drawer(), delete_documents_dialog(), file_documents_dialog(), import_dialog())
    return shell(rx.fragment(page, *dialogs), title=t("Documents"))


def _refresh() -> rx.Component:
    """The way to see news where the list does not follow them by itself."""
    return rx.cond(~RoomState.is_live, kit.button(t("Refresh"), on_click=_library.load))


def _filters() -> rx.Component:
    return rx.el.div(
        kit.search_field(
            t("Search by name"),
            default_value=_library.query,
            key=_library.search_box,
            on_change=_library.search.debounce(250),
            max_length=200,
        ),
        kit.select(
            [("", t("All")), *_statuses()],
            name="status-filter",
            label=t("Status"),
            on_change=_library.filter_status,
            value=_library.status,
        ),
        rx.cond(_library.bases.length() > 1, _base_filter()),
        filing_filters(),
        class_name="library-filters",
    )


def _statuses() -> list[tuple[str, rx.Var[str]]]:
    return [
        (DocumentStatus.READY.value, t("Ready")),
        (IN_PROGRESS, t("In progress")),
        (DocumentStatus.QUEUED.value, t("In the queue")),
        (DocumentStatus.FAILED.value, t("Failed")),
    ]


def _chips() -> rx.Component:
    status = rx.match(_library.status, *_statuses(), status_text(_library.status))
    return kit.filter_chips(
        kit.Chip(t("Search"), _library.query, _library.query != "", _library.clear_search),
        kit.Chip(t("Status"), status, _library.status != "", _library.filter_status("")),
        kit.Chip(t("Knowledge base"), _library.base_name, _library.base_id != "", _library.filter_base("")),
        kit.Chip(t("Folder"), _library.folder, _library.folder != "", _library.filter_folder("")),
        kit.Chip(t("Tag"), _library.tag, _library.tag != "", _library.filter_tag("")),
        is_filtered=_library.is_filtered,
        on_clear=_library.show_all,
    )


def _base_filter() -> rx.Component:
    return rx.el.select(
        rx.el.option(t("All knowledge bases"), value=""),
        rx.foreach(_library.bases, lambda base: rx.el.option(base.name, value=base.id)),
        name="base-filter",
        class_name="input",
        aria_label=t("Knowledge base"),
        value=_library.base_id,
        on_change=_library.filter_base,
    )


def _list() -> rx.Component:
    return rx.cond(
        _library.rows.length() > 0,
        rx.el.div(document_table(), _paging(), class_name="stack"),
        rx.cond(_is_only_base(), _empty_base(), rx.cond(_library.is_filtered, _nothing_found(), _empty())),
    )


def _paging() -> rx.Component:
    is_needed = _library.has_next | (_library.page_number > 1)
    return rx.cond(
        is_needed,
        rx.el.nav(
            kit.button(
                t("Previous"),
                size="sm",
                icon_name="chevron-left",
                on_click=_library.previous_page,
                disabled=_library.page_number == 1,
            ),
            rx.el.span(t("Page {n}", n=number(_library.page_number)), class_name="muted numbers"),
            kit.button(t("Next"), size="sm", on_click=_library.next_page, disabled=~_library.has_next),
            class_name="paging",
            aria_label=t("Pages of the list"),
        ),
    )


def _empty() -> rx.Component:
    may_add = kit.empty_state(
        "files",
        t("No documents yet"),
        t("Drop files anywhere on this page, or choose them. PDF, Word, Excel, PowerPoint, e-mail, text and more."),
        add_documents_button(),
    )
    may_not = kit.empty_state(
        "files", t("No documents yet"), t("Ask an administrator of your organisation to add the first ones.")
    )
    return rx.cond(AuthState.can_write_documents, may_add, may_not)


def _is_only_base() -> rx.Var[bool]:
    """Return whether a knowledge base was chosen and nothing else narrows the list down."""
    others = _library.query + _library.status + _library.folder + _library.tag
    return (_library.base_id != "") & (others == "")


def _empty_base() -> rx.Component:
    """Nothing was filtered away: there is nothing in it."""
    show_all = kit.button(t("Show all knowledge bases"), on_click=_library.show_all)
    may_add = kit.empty_state(
        "library",
        t("This knowledge base is empty"),
        t("Drop files anywhere on this page, or choose them: they go into it."),
        add_documents_button(),
        show_all,
    )
    may_not = kit.empty_state(
        "library",
        t("This knowledge base is empty"),
        t("Its documents appear here once someone adds some."),
        show_all,
    )
    return rx.cond(AuthState.can_write_documents, may_add, may_not)


def _nothing_found() -> rx.Component:
    return kit.empty_state(
        "search-x",
        t("No results"),
        t("No document has this name and status."),
        kit.button(t("Show all"), on_click=_library.show_all),
    )


def _error() -> rx.Component:
    return kit.error_state(
        t("The list could not be loaded"),
        error_text(_library.error_code),
        kit.button(t("Try again"), icon_name="rotate-cw", on_click=_library.load),
    )


def _skeleton() -> rx.Component:
    return rx.el.div(*[kit.skeleton(height="44px") for _ in range(8)], class_name="stack", aria_busy="true")
