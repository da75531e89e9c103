"""What the usage pages of an organisation and of the platform have in common: the month, its totals."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.formatting import duration, month, number
from ragapp.ui.i18n import t


def month_filter(usage: Any) -> rx.Component:
    """Choose the month that a usage state shows."""
    chosen = rx.el.select(
        rx.foreach(usage.months, lambda iso: rx.el.option(month(iso), value=iso)),
        name="month",
        value=usage.month,
        on_change=usage.choose_month,
        aria_label=t("Month"),
        class_name="input",
    )
    return kit.filter_bar(chosen)


def month_totals(totals: Any) -> rx.Component:
    """Show a month in numbers; `totals` is a state's dictionary of them."""

    def total(name: str) -> Any:
        return totals[name].to(int)

    return kit.tile_row(
        kit.stat_tile(t("Questions"), number(total("questions")), icon_name="message-circle-question"),
        kit.stat_tile(t("Searches"), number(total("searches")), icon_name="search"),
        kit.stat_tile(t("Tokens"), number(total("tokens")), icon_name="whole-word"),
        kit.stat_tile(t("Documents added"), number(total("documents")), icon_name="files"),
        kit.stat_tile(t("Processing"), duration(total("seconds")), icon_name="timer"),
        label=t("The month in numbers"),
    )
