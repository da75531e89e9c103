"""/documents/[document_id]: a document at one page and mark."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.document_status import status_badge
from ragapp.ui.components.note_words import document_notes
from ragapp.ui.components.shell import shell
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t
from ragapp.ui.states.viewer import ViewerState

_viewer_state: Any = ViewerState
_document = _viewer_state.document
_has_pictures = (_document.kind == "PDF") & (_document.page_count > 0)


def document_page() -> rx.Component:
    """Read a document where a citation points."""
    content = rx.el.div(
        rx.cond(_viewer_state.is_loading, _skeleton(), rx.cond(_viewer_state.error_code, _error(), _viewer())),
        class_name="viewer",
    )
    return shell(content, title=_document.title)


def _viewer() -> rx.Component:
    told = rx.cond(_viewer_state.version > 0, _earlier_version())
    shown = rx.fragment(told, _attached_to(), document_notes(_document.notes), _content())
    return rx.fragment(_header(), rx.cond(_document.version > 0, shown, _not_ready()))


def _earlier_version() -> rx.Component:
    return kit.notice(
        rx.el.span(
            t("This is version {n}, an earlier one.", n=number(_viewer_state.version)),
            " ",
            kit.link(t("Open the current version"), href=f"/documents/{_document.id}"),
        ),
        icon_name="history",
    )


def _attached_to() -> rx.Component:
    link = kit.link(t("Open the document it came with"), href=f"/documents/{_document.attached_to}")
    notice = kit.notice(rx.el.span(t("This file lay inside another document."), " ", link), icon_name="paperclip")
    return rx.cond(_document.attached_to, notice)


def _header() -> rx.Component:
    return rx.el.header(
        kit.icon_link("arrow-left", t("All documents"), href="/documents"),
        rx.el.h1(_document.title, class_name="grow truncate", title=_document.title),
        rx.cond(_has_pictures & (_viewer_state.tab == "pages"), _page_steps()),
        kit.icon_link("download", t("Download"), href=_download(), full_load=True),
        class_name="viewer-head",
    )


def _download() -> rx.Var[str]:
    which = rx.cond(_viewer_state.version > 0, rx.Var.create(f"?version={_viewer_state.version}"), "")
    return rx.Var.create(f"/api/v1/documents/{_document.id}/content{which}")


def _page_steps() -> rx.Component:
    return rx.el.nav(
        kit.icon_button(
            "chevron-left",
            t("Previous page"),
            on_click=_viewer_state.go_to_page(_viewer_state.page - 1),
            disabled=_viewer_state.page <= 1,
        ),
        rx.el.span(
            t("Page {n} of {total}", n=number(_viewer_state.page), total=number(_document.page_count)),
            class_name="numbers muted nowrap",
            role="status",
        ),
        kit.icon_button(
            "chevron-right",
            t("Next page"),
            on_click=_viewer_state.go_to_page(_viewer_state.page + 1),
            disabled=_viewer_state.page >= _document.page_count,
        ),
        class_name="row",
        aria_label=t("Pages"),
    )


def _content() -> rx.Component:
    both = kit.tabs(
        ("pages", t("Pages"), _picture()),
        ("text", t("Text"), _text()),
        label=t("View"),
        value=_viewer_state.tab,
        on_value_change=_viewer_state.show_tab,
    )
    return rx.cond(_has_pictures, both, _text())


def _picture() -> rx.Component:
    marked = rx.cond(_viewer_state.mark, rx.Var.create(f"highlight={_viewer_state.mark}&"), "")
    which = rx.cond(_viewer_state.version > 0, rx.Var.create(f"version={_viewer_state.version}"), "")
    return rx.el.div(
        rx.el.img(
            src=rx.Var.create(f"/api/v1/documents/{_document.id}/pages/{_viewer_state.page}.png?{marked}{which}"),
            alt=t("Page {n} of {name}", n=number(_viewer_state.page), name=_document.title),
            class_name="page-picture",
        ),
        rx.el.span(id="mark-place", style={"top": rx.Var.create(f"{_viewer_state.mark_place}%")}),
        class_name="viewer-pages",
    )


def _text() -> rx.Component:
    return rx.el.article(
        rx.cond(
            _viewer_state.has_earlier,
            kit.button(t("Show earlier text"), size="sm", icon_name="chevron-up", on_click=_viewer_state.show_earlier),
        ),
        rx.el.div(
            _viewer_state.before,
            rx.cond(_viewer_state.marked, rx.el.mark(_viewer_state.marked, id="mark")),
            _viewer_state.after,
            class_name="viewer-text",
        ),
        rx.cond(
            _viewer_state.has_later,
            kit.button(t("Show later text"), size="sm", icon_name="chevron-down", on_click=_viewer_state.show_later),
        ),
        class_name="stack",
    )


def _not_ready() -> rx.Component:
    failed = kit.error_state(t("This document could not be processed"), error_text(_document.error_code))
    working = rx.el.div(
        kit.empty_state("hourglass", t("Not ready yet"), t("This document is still being processed.")),
        status_badge(_document.status, _document.progress, _document.is_finished),
        class_name="viewer-wait",
    )
    return rx.cond(_document.status == "failed", failed, working)


def _error() -> rx.Component:
    return kit.error_state(
        t("This document cannot be shown"),
        error_text(_viewer_state.error_code),
        kit.button_link(t("All documents"), href="/documents"),
    )


def _skeleton() -> rx.Component:
    return rx.el.div(
        kit.skeleton(width="40%", height="28px"), kit.skeleton_lines("100%", "96%", "98%", "60%"), class_name="stack"
    )
