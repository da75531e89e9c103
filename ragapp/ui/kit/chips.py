"""Which filters are in force: a chip each, and one way to drop them all."""

from dataclasses import dataclass

import reflex as rx

from ragapp.ui.i18n import t
from ragapp.ui.kit.actions import button
from ragapp.ui.kit.display import icon
from ragapp.ui.kit.types import Flag, Handler, Text


@dataclass(frozen=True)
class Chip:
    """One filter: what it is about, what it lets through, whether it is in force, and what drops it."""

    name: Text
    value: Text
    is_on: Flag
    on_drop: Handler


def filter_chips(*chips: Chip, is_filtered: Flag, on_clear: Handler) -> rx.Component:
    """Show the filters in force; nothing while there are none."""
    return rx.cond(
        is_filtered,
        rx.el.div(
            *[rx.cond(chip.is_on, _chip(chip)) for chip in chips],
            button(t("Clear all"), size="sm", variant="ghost", on_click=on_clear),
            class_name="filter-chips",
            role="group",
            aria_label=t("Active filters"),
        ),
    )


def _chip(chip: Chip) -> rx.Component:
    return rx.el.button(
        rx.el.span(chip.name, ":", class_name="muted"),
        rx.el.span(chip.value, class_name="truncate"),
        icon("x"),
        type="button",
        class_name="filter-chip",
        aria_label=t("Remove the filter {name}: {value}", name=chip.name, value=chip.value),
        on_click=chip.on_drop,
    )
