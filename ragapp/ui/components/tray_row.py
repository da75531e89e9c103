"""One file of the upload tray: how far it is, why it failed, and what can be done about it."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.document_status import status_text
from ragapp.ui.components.long_name import long_name
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import number, size
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.tray import TrayState
from ragapp.ui.states.tray_items import CANCELLED, DUPLICATE, FAILED, UNSENT, UPLOADING, WAITING, TrayItem
from ragapp.ui.states.uploads import UploadState

_tray_state: Any = TrayState
_auth: Any = AuthState


def tray_row(item: rx.Var[TrayItem]) -> rx.Component:
    """Show one file."""
    is_failed = (item.phase == FAILED) | (item.phase == UNSENT)
    is_moving = ~(is_failed | (item.phase == "ready") | (item.phase == DUPLICATE) | (item.phase == CANCELLED))
    return rx.el.li(
        rx.el.div(
            _phase_icon(item),
            rx.el.div(long_name(item.name), class_name="grow"),
            rx.el.span(
                rx.cond(is_failed, "", status_text(item.phase)),
                rx.cond(is_moving & (item.percent > 0), rx.el.span(" ", number(item.percent), "\u00a0%")),
                class_name="muted numbers tray-phase",
            ),
            rx.cond(is_moving, _stop(item), rx.cond(is_failed, _retry_or_remove(item))),
            class_name="row",
        ),
        rx.cond(
            is_moving & (item.phase != WAITING) & (item.phase != "queued"),
            kit.progress_bar(item.percent, status_text(item.phase), waiting=item.percent == 0),
        ),
        rx.cond(is_failed, rx.el.p(_reason(item), class_name="tray-reason")),
        key=item.key,
        custom_attrs={"data-phase": item.phase},
    )


def _phase_icon(item: rx.Var[TrayItem]) -> rx.Component:
    return rx.match(
        item.phase,
        ("ready", kit.icon("circle-check", class_name="ok")),
        (DUPLICATE, kit.icon("copy-check", class_name="ok")),
        (FAILED, kit.icon("circle-alert", class_name="bad")),
        (UNSENT, kit.icon("circle-alert", class_name="bad")),
        (CANCELLED, kit.icon("circle-slash", class_name="muted")),
        kit.icon("file-text", class_name="muted"),
    )


def _stop(item: rx.Var[TrayItem]) -> rx.Component:
    is_unsent = (item.phase == UPLOADING) | (item.phase == WAITING)
    stop = [rx.call_script(rx.Var.create(f"ragappUploads.cancel('{item.key}')"))]
    return kit.icon_button(
        "x",
        rx.cond(is_unsent, t("Stop uploading"), t("Stop processing")),
        size="sm",
        on_click=[*stop, UploadState.cancel(item.key)],
    )


def _retry_or_remove(item: rx.Var[TrayItem]) -> rx.Component:
    forget = rx.call_script(rx.Var.create(f"ragappUploads.forget('{item.key}')"))
    remove = kit.icon_button(
        "x", t("Remove from this list"), size="sm", on_click=[forget, _tray_state.remove(item.key)]
    )
    retry = kit.icon_button("rotate-cw", t("Try again"), size="sm", on_click=UploadState.retry(item.key))
    resend = kit.icon_button(
        "rotate-cw",
        t("Try again"),
        size="sm",
        on_click=rx.call_script(rx.Var.create(f"ragappUploads.resend('{item.key}')")),
    )
    return rx.fragment(rx.cond(item.document_id, retry, rx.cond(item.can_resend, resend)), remove)


def _reason(item: rx.Var[TrayItem]) -> rx.Var[str]:
    too_large = t(
        "{size} is over the limit of {limit} per file. Split it and upload the parts.",
        size=size(item.size_bytes),
        limit=size(_auth.max_upload_bytes),
    )
    told = rx.cond(item.error_code == "file_too_large", too_large, error_text(item.error_code))
    unsent = t("Not sent: the page was reloaded before its turn. Choose the file again.")
    return rx.cond(item.phase == UNSENT, unsent, told)
