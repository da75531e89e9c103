"""Long names are cut in the middle, where they differ least; the whole name is in the tooltip."""

import reflex as rx

_TAIL = 9


def long_name(name: rx.Var[str]) -> rx.Component:
    """Show a name that shrinks in the middle and keeps its end (number, date, extension) in sight."""
    text = name.to(str)
    return rx.el.span(
        rx.el.span(text[:-_TAIL], class_name="long-name-head"),
        rx.el.span(text[-_TAIL:], class_name="long-name-tail"),
        class_name="long-name",
        title=name,
    )
