"""Lists with all their states: loading, refused or failed, nothing, some, more than fit."""

import reflex as rx

from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t
from ragapp.ui.kit.actions import button
from ragapp.ui.kit.display import skeleton
from ragapp.ui.kit.situations import error_state
from ragapp.ui.kit.types import Child, Flag, Handler, Text


def listing(
    rows: Child,
    *,
    is_loading: Flag,
    error_code: rx.Var[str],
    is_empty: Flag,
    empty: rx.Component,
    on_retry: Handler,
    has_more: Flag = False,
    on_more: Handler = None,
    lines: int = 6,
) -> rx.Component:
    """Show a list in the state it is in.

    Args:
        rows: The list itself, usually a `data_table`.
        is_loading: True until the first answer.
        error_code: The code of the error that kept it from loading, "" for none.
        is_empty: Whether there is nothing to show.
        empty: What to show then.
        on_retry: Loads the list again.
        has_more: Whether older or further rows can be added below.
        on_more: Adds them.
        lines: How many grey lines stand in while it loads.
    """
    more = [_more(on_more, has_more)] if on_more is not None else []
    return rx.cond(
        error_code,
        error_state(
            t("This could not be loaded"),
            error_text(error_code),
            button(t("Try again"), icon_name="rotate-cw", on_click=on_retry),
        ),
        rx.cond(
            is_loading,
            skeleton_rows(lines),
            rx.cond(is_empty, empty, rx.el.div(rows, *more, class_name="stack")),
        ),
    )


def skeleton_rows(lines: int = 6) -> rx.Component:
    """Grey rows of a table that is loading."""
    return rx.el.div(*[skeleton(height="44px") for _ in range(lines)], class_name="stack", aria_busy="true")


def panel(title: Text, *children: Child, text: Text = "", actions: tuple[rx.Component, ...] = ()) -> rx.Component:
    """A part of a page with its own heading, and what can be done there on the right."""
    head = rx.el.header(
        rx.el.div(rx.el.h2(title), rx.cond(text, rx.el.p(text, class_name="muted")), class_name="grow"),
        rx.el.div(*actions, class_name="row wrap"),
        class_name="panel-head",
    )
    return rx.el.section(head, *children, class_name="panel", aria_label=title)


def _more(on_more: Handler, has_more: Flag) -> rx.Component:
    return rx.cond(has_more, rx.el.div(button(t("Show more"), on_click=on_more), class_name="listing-more"))
