"""The upload tray under every page, never over it: what is being sent and what became of it."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.drop_zone import drop_zone
from ragapp.ui.components.tray_row import tray_row
from ragapp.ui.components.upload_target import upload_target_dialog
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t, tn
from ragapp.ui.kit.types import Text
from ragapp.ui.states.tray import TrayState
from ragapp.ui.states.uploads import UploadState

_tray_state: Any = TrayState
_BODY = "upload-tray-body"


def upload_tray() -> rx.Component:
    """The way in for files and the tray; place it once, under the page, from which it takes its room."""
    return rx.fragment(drop_zone(), upload_target_dialog(), rx.cond(_tray_state.total_count > 0, _tray()))


def _tray() -> rx.Component:
    rows = rx.el.ul(rx.foreach(_tray_state.items, tray_row), class_name="tray-list")
    body = rx.fragment(_controls(), rx.cond(_tray_state.total_count > 5, _groups()), rows, _more())
    return rx.el.section(
        _head(),
        rx.cond(_tray_state.busy_count > 0, kit.progress_bar(_tray_state.percent, t("Uploads"))),
        rx.el.div(rx.cond(_tray_state.is_collapsed, None, body), id=_BODY, class_name="tray-body"),
        class_name="tray",
        aria_label=t("Uploads"),
        custom_attrs={"data-folded": rx.cond(_tray_state.is_collapsed, "true", "false")},
    )


def _head() -> rx.Component:
    return rx.el.header(
        _sign(),
        rx.el.strong(_summary(), class_name="grow truncate", role="status"),
        rx.cond(
            _tray_state.busy_count > 0, rx.el.span(number(_tray_state.percent), "\u00a0%", class_name="muted numbers")
        ),
        kit.icon_button(
            "chevron-down",
            rx.cond(_tray_state.is_collapsed, t("Show uploads"), t("Hide uploads")),
            size="sm",
            on_click=_tray_state.toggle,
            aria_expanded=rx.cond(_tray_state.is_collapsed, "false", "true"),
            aria_controls=_BODY,
        ),
        kit.icon_button(
            "x",
            t("Clear finished"),
            size="sm",
            on_click=[rx.call_script("ragappUploads.forget()"), _tray_state.clear],
        ),
        class_name="tray-head",
    )


def _sign() -> rx.Component:
    """At a glance whether something moves, failed or all is well."""
    at_rest = rx.cond(
        _tray_state.failed_count > 0,
        kit.icon("circle-alert", class_name="bad"),
        kit.icon("circle-check", class_name="ok"),
    )
    return rx.cond(_tray_state.busy_count > 0, kit.icon("upload", class_name="muted"), at_rest)


def _summary() -> rx.Var[str]:
    added = tn("{n} file added", "{n} files added", _tray_state.added_count)
    at_rest = rx.cond(_tray_state.added_count > 0, added, t("Uploads"))
    failed = tn("{n} file failed", "{n} files failed", _tray_state.failed_count)
    busy = tn("Adding {n} file", "Adding {n} files", _tray_state.busy_count)
    return rx.cond(_tray_state.busy_count > 0, busy, rx.cond(_tray_state.failed_count > 0, failed, at_rest))


def _controls() -> rx.Component:
    """What can be done with all files, and how long it will take."""
    pause = kit.button(
        rx.cond(_tray_state.is_paused, t("Resume uploading"), t("Pause uploading")),
        size="sm",
        on_click=[
            rx.call_script(rx.Var.create(f"ragappUploads.pause({~_tray_state.is_paused})")),
            _tray_state.set_paused(~_tray_state.is_paused),
        ],
    )
    stop = kit.asking_button(
        t("Cancel all"),
        title=t("Cancel all uploads?"),
        text=t("What was not sent yet is not sent. What is being read stops; you can try it again from the list."),
        confirm=t("Cancel all"),
        on_confirm=[rx.call_script("ragappUploads.cancelAll()"), UploadState.cancel_all],
        look=kit.button_class("secondary", "sm"),
    )
    again = kit.button(
        t("Try failed again"),
        size="sm",
        on_click=[rx.call_script("ragappUploads.resend()"), UploadState.retry_failed],
    )
    notify = kit.icon_button(
        "bell", t("Notify me when uploads are done"), size="sm", on_click=rx.call_script("ragappUploads.askToNotify()")
    )
    return rx.el.div(
        rx.cond(_tray_state.busy_count > 0, rx.el.p(_pace(), class_name="muted numbers tray-pace")),
        rx.el.div(
            rx.cond(_tray_state.unsent_count > 0, pause),
            rx.cond(_tray_state.busy_count > 0, stop),
            rx.cond(_tray_state.failed_count > 0, again),
            rx.cond(_tray_state.busy_count > 0, notify),
            class_name="row wrap",
        ),
        class_name="tray-controls",
    )


def _pace() -> rx.Var[str]:
    rate = tn("{n} file a minute", "{n} files a minute", _tray_state.files_per_minute)
    seconds = tn("about {n} second left", "about {n} seconds left", _tray_state.left_s)
    minutes = tn("about {n} minute left", "about {n} minutes left", ((_tray_state.left_s + 30) / 60).to(int))
    left = rx.cond(_tray_state.left_s >= 90, minutes, seconds)
    known = rx.Var.create(f"{rate} · {left}")
    working = rx.cond(_tray_state.left_s > 0, known, t("Working out how long it will take"))
    return rx.cond(_tray_state.is_paused & (_tray_state.unsent_count > 0), t("Uploading is paused"), working)


def _groups() -> rx.Component:
    return rx.el.div(
        _group("", t("Everything"), _tray_state.total_count),
        _group("moving", t("In progress"), _tray_state.busy_count),
        _group("failed", t("Failed"), _tray_state.failed_count),
        _group("done", t("Ready"), _tray_state.added_count),
        class_name="row wrap tray-groups",
        role="group",
        aria_label=t("Status"),
    )


def _group(group: str, text: Text, count: rx.Var[int]) -> rx.Component:
    return rx.el.button(
        text,
        " ",
        rx.el.span(number(count), class_name="muted numbers"),
        type="button",
        class_name="btn btn-ghost btn-sm",
        aria_pressed=_tray_state.group == group,
        on_click=_tray_state.show_group(group),
    )


def _more() -> rx.Component:
    text = tn("Show more: {n} file is not shown", "Show more: {n} files are not shown", _tray_state.hidden_count)
    return rx.cond(
        _tray_state.hidden_count > 0,
        rx.el.div(kit.button(text, size="sm", on_click=_tray_state.show_more), class_name="tray-more"),
    )
