"""/platform/service: how the installation is doing, and what is switched on for everybody."""

from typing import Any

import reflex as rx

from ragapp.core.flags import Flag
from ragapp.ui import kit
from ragapp.ui.components.flag_words import flag_words
from ragapp.ui.components.operator_shell import operator_shell, service_name, task_kind, task_status
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import number, percent, relative_time
from ragapp.ui.i18n import t
from ragapp.ui.states.operator_service import OperatorServiceState

_service: Any = OperatorServiceState


def operator_service_page() -> rx.Component:
    """Tiles, health of the last day, the queue of all organisations, global features."""
    content = rx.el.div(_tiles(), _health(), _queue(), _features(), _versions(), class_name="panels")
    return operator_shell(
        kit.listing(
            content,
            is_loading=_service.is_loading,
            error_code=_service.error_code,
            is_empty=False,
            empty=rx.fragment(),
            on_retry=_service.load,
        ),
        title=t("Service"),
    )


def _tiles() -> rx.Component:
    return kit.tile_row(
        kit.stat_tile(t("Waiting tasks"), number(_service.queued), icon_name="hourglass"),
        kit.stat_tile(t("Running tasks"), number(_service.running), icon_name="loader"),
        kit.stat_tile(t("Failed tasks"), number(_service.failed), icon_name="circle-alert"),
        kit.stat_tile(t("Open sessions"), number(_service.session_count), icon_name="monitor"),
        label=t("The service in numbers"),
    )


def _health() -> rx.Component:
    def row(part: Any) -> rx.Component:
        look = rx.match(part.status, ("healthy", "ok"), ("degraded", "warn"), ("unhealthy", "bad"), "neutral")
        word = rx.match(
            part.status,
            ("healthy", t("Well")), ("degraded", t("Limited")), ("unhealthy", t("Down")), t("Not looked at yet"),
        )  # fmt: skip
        bars = rx.foreach(part.moments, lambda status: rx.el.i(custom_attrs={"data-status": status}))
        return rx.el.tr(
            rx.el.td(service_name(part.service), class_name="main-cell"),
            rx.el.td(rx.el.span(word, class_name="badge badge-" + look.to(str))),
            rx.el.td(rx.el.span(bars, class_name="health-bars", aria_hidden="true")),
            kit.labelled_cell(t("Time up"), percent(part.uptime), class_name="num"),
            kit.labelled_cell(t("Answers in"), number(part.latency_ms), rx.el.span("\u00a0ms"), class_name="num"),
            rx.el.td(rx.cond(part.error_code, error_text(part.error_code), _notice(part.message)), class_name="muted"),
            key=part.service,
        )

    headings = [
        t("Part"), t("State"), t("Last 24 hours"), _right(t("Time up")), _right(t("Answers in")), t("What is wrong"),
    ]  # fmt: skip
    table = kit.data_table(headings, rx.foreach(_service.health, row), label=t("Health"), stacks="phone")
    none = kit.card(kit.empty_state("activity", t("Nothing was looked at yet")))
    return kit.panel(t("Health"), rx.cond(_service.health.length() > 0, table, none))


def _notice(message: Any) -> Any:
    """Return the words of what is said of the embedding model; whatever else was seen stays as it is."""
    return rx.match(
        message,
        ("multilingual_model_missing", t("The multilingual model is not installed; English only for now (MiniLM)")),
        ("passages_being_embedded", t("Passages are being embedded again; earlier vectors answer meanwhile")),
        message,
    )


def _queue() -> rx.Component:
    def row(task: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(task_kind(task.kind), class_name="main-cell"),
            rx.el.td(task.tenant, class_name="mono breakable"),
            rx.el.td(
                task_status(task.status),
                rx.cond(task.error_code, rx.el.div(error_text(task.error_code), class_name="muted")),
                rx.cond(task.status == "running", kit.progress_bar(task.progress, t("Progress"))),
                class_name="cell-lines",
            ),
            kit.labelled_cell(t("Attempts"), number(task.attempts), class_name="num"),
            rx.el.td(relative_time(task.created_at), class_name="muted nowrap"),
            key=task.id,
        )

    headings = [t("Task"), t("Organisation"), t("State"), _right(t("Attempts")), t("Added")]
    table = kit.data_table(headings, rx.foreach(_service.queue, row), label=t("Task queue"), stacks="laptop")
    none = kit.card(kit.empty_state("list-checks", t("No work is waiting and none has failed")))
    text = t("Unfinished and failed work of all organisations. What it is about stays with them.")
    return kit.panel(t("Task queue"), rx.cond(_service.queue.length() > 0, table, none), text=text)


def _features() -> rx.Component:
    return kit.panel(
        t("Features for everybody"),
        kit.card(*[_switch(flag, name, text) for flag, (name, text) in flag_words().items()]),
        text=t("What holds where an organisation has not chosen itself; or, enforced, for all of them."),
    )


def _versions() -> rx.Component:
    def row(each: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(each.part, class_name="main-cell"), rx.el.td(each.version, class_name="mono"), key=each.part
        )

    table = kit.data_table([t("Part"), t("Version")], rx.foreach(_service.versions, row), label=t("Versions"))
    return kit.panel(t("Versions"), table)


def _switch(flag: Flag, name: rx.Var[str], text: rx.Var[str]) -> rx.Component:
    enforced = rx.el.label(
        rx.el.input(
            type="checkbox",
            class_name="checkbox",
            checked=_service.enforced.contains(flag.value),
            on_change=lambda on: _service.enforce(flag.value, on),
        ),
        rx.el.span(t("Enforced: organisations cannot choose themselves")),
        class_name="row check-row",
    )
    return kit.toggle(
        name,
        text,
        name=f"global-{flag.value}",
        is_on=_service.switched_on.contains(flag.value),
        on_change=lambda on: _service.switch(flag.value, on),
        extra=enforced,
    )


def _right(text: Any) -> rx.Component:
    return rx.el.span(text, class_name="num-head")
