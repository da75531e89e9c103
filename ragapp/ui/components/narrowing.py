"""Above the composer: which knowledge bases are asked, where there is more than one."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.narrowing import NarrowingState

_narrow: Any = NarrowingState


def narrowing() -> rx.Component:
    """A small line that opens into a list of knowledge bases with a tick each."""
    return rx.cond(
        _narrow.bases.length() > 1,
        rx.el.details(
            rx.el.summary(kit.icon("library"), _summary(), kit.icon("chevron-down"), class_name="narrow-summary"),
            rx.el.div(
                rx.foreach(_narrow.bases, _option),
                rx.cond(
                    _narrow.narrowed_to.length() > 0,
                    kit.button(t("Ask all"), size="sm", variant="ghost", on_click=_narrow.ask_all),
                ),
                class_name="narrow-list",
                role="group",
                aria_label=t("Knowledge bases to search"),
            ),
            class_name="narrow",
        ),
    )


def _summary() -> rx.Component:
    some = tn("Searching {n} knowledge base", "Searching {n} knowledge bases", _narrow.narrowed_to.length())
    return rx.el.span(rx.cond(_narrow.narrowed_to.length() > 0, some, t("Searching all documents")))


def _option(base: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            class_name="checkbox",
            checked=_narrow.narrowed_to.contains(base.id),
            on_change=_narrow.toggle(base.id),
        ),
        rx.el.span(base.name, class_name="truncate grow"),
        rx.el.span(tn("{n} passage", "{n} passages", base.passages), class_name="muted numbers nowrap"),
        class_name="narrow-option",
        key=base.id,
    )
