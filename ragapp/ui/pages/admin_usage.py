"""/admin/usage: who asked how much, month by month."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell
from ragapp.ui.components.usage_charts import questions_chart, support_chart
from ragapp.ui.components.usage_parts import month_filter, month_totals
from ragapp.ui.formatting import date, duration, number, size
from ragapp.ui.i18n import t
from ragapp.ui.states.usage import UsageState

_usage: Any = UsageState


def admin_usage_page() -> rx.Component:
    """Choose a month, see who and how much, take it away."""
    content = rx.el.div(
        month_totals(_usage.totals),
        kit.chart_grid(questions_chart(_usage.points), support_chart(_usage.points)),
        _people(),
        _days(),
        class_name="panels",
    )
    return admin_shell(
        month_filter(_usage),
        kit.listing(
            content,
            is_loading=_usage.is_loading,
            error_code=_usage.error_code,
            is_empty=False,
            empty=rx.fragment(),
            on_retry=_usage.load,
        ),
        title=t("Usage"),
        actions=(
            kit.button_link(
                t("Export as CSV"), icon_name="download", href=_usage.export_address, full_load=True, download=True
            ),
        ),
    )


def _people() -> rx.Component:
    headings = [t("Person"), _right(t("Questions")), t("Against whoever asked most")]

    def row(each: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(rx.cond(each.name, each.name, t("Someone who is no longer a member")), class_name="main-cell"),
            kit.labelled_cell(t("Questions"), number(each.questions), class_name="num"),
            rx.el.td(kit.progress_bar(each.percent, t("Against whoever asked most")), class_name="share-cell"),
            key=each.id,
        )

    table = kit.data_table(headings, rx.foreach(_usage.people, row), label=t("Who asked most"), stacks="phone")
    none = kit.card(kit.empty_state("message-circle-question", t("No questions in this month")))
    return kit.panel(t("Who asked most"), rx.cond(_usage.people.length() > 0, table, none))


def _days() -> rx.Component:
    numbers = (
        t("Questions"), t("Answered"), t("Partly"), t("Not in your documents"), t("Helpful"), t("Not helpful"),
        t("Searches"), t("Tokens"), t("Documents added"), t("Processing"), t("Storage"),
    )  # fmt: skip
    headings = [t("Day"), *[_right(text) for text in numbers]]

    def row(point: Any) -> rx.Component:
        counts = (
            "questions", "answered", "partly", "not_found", "up", "down", "searches", "tokens", "documents",
        )  # fmt: skip
        return rx.el.tr(
            rx.el.th(date(point["day"].to(str)), scope="row"),
            *[rx.el.td(number(point[key].to(int)), class_name="num") for key in counts],
            rx.el.td(duration(point["seconds"].to(int)), class_name="num"),
            rx.el.td(size(point["bytes"].to(int)), class_name="num"),
        )

    table = kit.data_table(headings, rx.foreach(_usage.busy_days, row), label=t("Day by day"), is_bare=True)
    none = kit.card(kit.empty_state("calendar", t("Nothing in this period.")))
    return kit.panel(t("Day by day"), rx.cond(_usage.busy_days.length() > 0, table, none))


def _right(text: Any) -> rx.Component:
    return rx.el.span(text, class_name="num-head")
