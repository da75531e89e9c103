"""/platform/usage: what every organisation used, month by month."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.operator_shell import operator_shell
from ragapp.ui.components.usage_charts import questions_chart, support_chart
from ragapp.ui.components.usage_parts import month_filter, month_totals
from ragapp.ui.formatting import duration, month, number, size
from ragapp.ui.i18n import t
from ragapp.ui.states.operator_usage import OperatorUsageState

_usage: Any = OperatorUsageState


def operator_usage_page() -> rx.Component:
    """Choose a month, see who used how much, open one day by day."""
    return operator_shell(
        month_filter(_usage),
        kit.listing(
            rx.el.div(month_totals(_usage.totals), _tenants(), class_name="panels"),
            is_loading=_usage.is_loading,
            error_code=_usage.error_code,
            is_empty=False,
            empty=rx.fragment(),
            on_retry=_usage.load,
        ),
        title=t("Usage"),
        overlays=(_one(),),
    )


def _tenants() -> rx.Component:
    headings = [
        t("Organisation"), _right(t("Questions")), _right(t("Searches")), _right(t("Tokens")),
        _right(t("Documents added")), _right(t("Processing")), _right(t("Storage")),
    ]  # fmt: skip
    table = kit.data_table(
        headings, rx.foreach(_usage.rows, _row), label=t("Usage by organisation"), stacks="laptop"
    )
    return kit.panel(t("Usage by organisation"), table, text=t("Choose an organisation to see it day by day."))


def _row(row: Any) -> rx.Component:
    name = rx.el.button(
        rx.el.span(row.name, class_name="truncate"),
        type="button",
        class_name="name-button",
        aria_haspopup="dialog",
        on_click=_usage.choose(row.id),
    )
    return rx.el.tr(
        rx.el.td(name, kit.progress_bar(row.percent, t("Against whoever asked most")), class_name="main-cell use-cell"),
        kit.labelled_cell(t("Questions"), number(row.questions), class_name="num"),
        kit.labelled_cell(t("Searches"), number(row.searches), class_name="num"),
        kit.labelled_cell(t("Tokens"), number(row.tokens), class_name="num"),
        kit.labelled_cell(t("Documents added"), number(row.documents), class_name="num"),
        kit.labelled_cell(t("Processing"), duration(row.seconds), class_name="num"),
        kit.labelled_cell(t("Storage"), size(row.storage_bytes), class_name="num"),
        key=row.id,
    )


def _one() -> rx.Component:
    return kit.dialog(
        kit.chart_grid(questions_chart(_usage.points), support_chart(_usage.points)),
        title=_usage.chosen.name,
        text=month(_usage.month),
        is_open=_usage.chosen.id != "",
        on_open_change=_usage.close,
        wide=True,
    )


def _right(text: Any) -> rx.Component:
    return rx.el.span(text, class_name="num-head")
