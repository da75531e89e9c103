"""The drawer beside the list: preview, facts, and what can be done with one document."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.document_status import status_badge
from ragapp.ui.components.filing import filing_form
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import date_time, number, size
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.document import DocumentState
from ragapp.ui.states.selection import SelectionState

_drawer: Any = DocumentState
_document = _drawer.document


def document_drawer() -> rx.Component:
    """One document: preview first, then the facts."""
    return kit.sheet(
        rx.el.div(
            rx.cond(DocumentState.is_renaming, _rename_form()),
            rx.cond(_drawer.is_filing, filing_form()),
            _actions(),
            rx.cond(_document.status == "failed", _failure()),
            _preview(),
            _facts(),
            rx.cond(_drawer.versions.length() > 1, _versions()),
            class_name="stack drawer-stack",
        ),
        title=_document.title,
        is_open=_drawer.is_open,
        on_open_change=DocumentState.set_open,
    )


def _actions() -> rx.Component:
    return rx.el.div(
        rx.cond(
            _document.version > 0,
            kit.button_link(
                t("Open"), href=f"/documents/{_document.id}", variant="primary", size="sm", icon_name="book-open"
            ),
        ),
        kit.button_link(
            t("Download"),
            href=f"/api/v1/documents/{_document.id}/content",
            full_load=True,
            size="sm",
            icon_name="download",
        ),
        rx.cond(
            AuthState.can_write_documents,
            rx.fragment(
                kit.button(
                    t("Replace file"),
                    size="sm",
                    icon_name="file-up",
                    on_click=rx.call_script(
                        rx.Var.create(f"ragappReplace('/api/v1/documents/{_document.id}/content')"),
                        callback=DocumentState.replaced,
                    ),
                ),
                kit.button(t("Rename"), size="sm", icon_name="pencil", on_click=DocumentState.set_renaming(True)),
                kit.button(
                    t("Folder and tags"), size="sm", icon_name="folder", on_click=DocumentState.set_filing(True)
                ),
                kit.button(
                    t("Delete"),
                    size="sm",
                    icon_name="trash-2",
                    on_click=[DocumentState.set_open(False), SelectionState.ask_about(_document.id)],
                ),
            ),
        ),
        class_name="row wrap",
    )


def _rename_form() -> rx.Component:
    return rx.el.form(
        kit.text_field(t("Name"), name="title", default_value=_document.title, max_length=200, auto_focus=True),
        rx.el.div(
            kit.button(
                t("Cancel"), size="sm", on_click=DocumentState.set_renaming(False), custom_attrs={"data-cancel": ""}
            ),
            kit.button(t("Save"), size="sm", variant="primary", type="submit"),
            class_name="dialog-actions",
        ),
        on_submit=DocumentState.rename,
        class_name="stack",
    )


def _failure() -> rx.Component:
    return kit.notice(
        rx.el.div(
            rx.el.p(error_text(_document.error_code)),
            rx.cond(
                _document.version > 0,
                rx.el.p(t("Version {n} stays in use.", n=number(_document.version))),
            ),
            rx.cond(
                AuthState.can_write_documents,
                kit.button(
                    t("Try again"),
                    size="sm",
                    icon_name="rotate-cw",
                    on_click=[DocumentState.set_open(False), SelectionState.retry(_document.id)],
                ),
            ),
            class_name="stack failure",
        ),
        tone="bad",
        icon_name="circle-alert",
    )


def _preview() -> rx.Component:
    picture = rx.el.img(
        src=f"/api/v1/documents/{_document.id}/pages/1.png",
        alt=t("First page of {name}", name=_document.title),
        class_name="page-picture",
        loading="lazy",
    )
    text = rx.el.div(DocumentState.excerpt, class_name="excerpt", tab_index=0, aria_label=t("Beginning of the text"))
    has_pictures = (_document.kind == "PDF") & (_document.page_count > 0)
    return rx.cond(_document.version > 0, rx.cond(has_pictures, picture, text))


def _facts() -> rx.Component:
    return rx.el.dl(
        _fact(t("Status"), status_badge(_document.status, _document.progress, _document.is_finished)),
        _fact(t("File"), rx.el.span(_document.filename, class_name="break")),
        rx.cond(_document.source_url, _fact(t("Web address"), _address())),
        _fact(t("Knowledge base"), _document.knowledge_base),
        rx.cond(_document.folder, _fact(t("Folder"), rx.el.span(_document.folder, class_name="break"))),
        rx.cond(_document.tags, _fact(t("Tags"), rx.el.span(_document.tags, class_name="break"))),
        _fact(t("Pages"), _or_dash(_document.page_count)),
        _fact(t("Passages"), _or_dash(_document.chunk_count)),
        _fact(t("Size"), size(_document.size_bytes)),
        _fact(t("Added"), date_time(_document.added_at)),
        _fact(t("Added by"), _document.added_by),
        class_name="facts",
    )


def _address() -> rx.Component:
    return rx.el.a(
        _document.source_url, href=_document.source_url, target="_blank", rel="noopener noreferrer", class_name="break"
    )


def _versions() -> rx.Component:
    return rx.el.section(
        rx.el.h3(t("Versions"), class_name="field-label"),
        rx.el.dl(rx.foreach(_drawer.versions, _version), class_name="facts"),
        class_name="stack",
        aria_label=t("Versions"),
    )


def _version(row: Any) -> rx.Component:
    opened = rx.cond(row.is_current, "", rx.Var.create(f"?version={row.version}"))
    return rx.el.div(
        rx.el.dt(t("Version {n}", n=number(row.version))),
        rx.el.dd(
            kit.link(date_time(row.added_at), href=rx.Var.create(f"/documents/{_document.id}{opened}")),
            " · ",
            row.added_by,
            rx.cond(row.is_current, rx.el.span(" · ", t("in use"), class_name="muted")),
        ),
    )


def _fact(name: rx.Var[str], value: rx.Component | rx.Var[str]) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value))


def _or_dash(value: rx.Var[int]) -> rx.Component:
    return rx.cond(value > 0, number(value), "–")
