"""The upload tray, bottom right on every page: what is being sent and what became of it."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.document_status import status_text
from ragapp.ui.components.drop_zone import drop_zone
from ragapp.ui.components.long_name import long_name
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import number, size
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.selection import SelectionState
from ragapp.ui.states.tray import TrayItem, TrayState
from ragapp.ui.states.uploads import UploadState

_tray_state: Any = TrayState
_auth: Any = AuthState


def upload_tray() -> rx.Component:
    """The way in for files and the tray; place it once, in the page frame."""
    return rx.fragment(drop_zone(), rx.cond(_tray_state.items.length() > 0, _tray()))


def _tray() -> rx.Component:
    return rx.el.section(
        _head(),
        rx.cond(_tray_state.is_collapsed, None, rx.el.ul(rx.foreach(_tray_state.items, _item), class_name="tray-list")),
        class_name="tray",
        aria_label=t("Uploads"),
    )


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.strong(_summary(), class_name="grow truncate", role="status"),
        kit.icon_button(
            "chevron-down",
            rx.cond(_tray_state.is_collapsed, t("Show uploads"), t("Hide uploads")),
            size="sm",
            on_click=_tray_state.toggle,
            aria_expanded=~_tray_state.is_collapsed,
        ),
        kit.icon_button("x", t("Clear finished"), size="sm", on_click=_tray_state.clear),
        class_name="tray-head",
    )


def _summary() -> rx.Var[str]:
    added = tn("{n} file added", "{n} files added", _tray_state.added_count)
    at_rest = rx.cond(_tray_state.added_count > 0, added, t("Uploads"))
    failed = tn("{n} file failed", "{n} files failed", _tray_state.failed_count)
    busy = tn("Adding {n} file", "Adding {n} files", _tray_state.busy_count)
    return rx.cond(_tray_state.busy_count > 0, busy, rx.cond(_tray_state.failed_count > 0, failed, at_rest))


def _item(item: rx.Var[TrayItem]) -> rx.Component:
    is_sending = (item.phase == "uploading") | (item.phase == "waiting")
    is_failed = item.phase == "failed"
    is_moving = ~(is_failed | (item.phase == "ready") | (item.phase == "duplicate") | (item.phase == "cancelled"))
    return rx.el.li(
        rx.el.div(
            _phase_icon(item),
            rx.el.div(long_name(item.name), class_name="grow"),
            rx.el.span(
                rx.cond(is_failed, "", status_text(item.phase)),
                rx.cond(is_moving & (item.percent > 0), rx.el.span(" ", number(item.percent), "\u00a0%")),
                class_name="muted numbers tray-phase",
            ),
            rx.cond(
                is_sending,
                kit.icon_button("x", t("Stop uploading"), size="sm", on_click=UploadState.cancel(item.key)),
                rx.cond(is_failed, _retry_or_remove(item)),
            ),
            class_name="row",
        ),
        rx.cond(is_moving, kit.progress_bar(item.percent, status_text(item.phase), waiting=item.percent == 0)),
        rx.cond(is_failed, rx.el.p(_reason(item), class_name="tray-reason")),
        key=item.key,
    )


def _phase_icon(item: rx.Var[TrayItem]) -> rx.Component:
    return rx.match(
        item.phase,
        ("ready", kit.icon("circle-check", class_name="ok")),
        ("duplicate", kit.icon("copy-check", class_name="ok")),
        ("failed", kit.icon("circle-alert", class_name="bad")),
        ("cancelled", kit.icon("circle-slash", class_name="muted")),
        kit.icon("file-text", class_name="muted"),
    )


def _retry_or_remove(item: rx.Var[TrayItem]) -> rx.Component:
    remove = kit.icon_button("x", t("Remove from this list"), size="sm", on_click=_tray_state.remove(item.key))
    retry = kit.icon_button(
        "rotate-cw",
        t("Try again"),
        size="sm",
        on_click=[_tray_state.remove(item.key), SelectionState.retry(item.document_id)],
    )
    return rx.fragment(rx.cond(item.document_id, retry), remove)


def _reason(item: rx.Var[TrayItem]) -> rx.Var[str]:
    too_large = t(
        "{size} is over the limit of {limit} per file.",
        size=size(item.size_bytes),
        limit=size(_auth.max_upload_bytes),
    )
    return rx.cond(item.error_code == "file_too_large", too_large, error_text(item.error_code))
