"""Long names are cut in the middle, where they differ least; the whole name is in the tooltip.

The page holds the name once, as one text, for screen readers, for searching in the page and for copying. What is seen
is drawn over it from two attributes by `assets/pages.css`, of which the first gives way.
"""

import reflex as rx

_TAIL = 9


def long_name(name: rx.Var[str]) -> rx.Component:
    """Show a name that shrinks in the middle and keeps its end (number, date, extension) in sight."""
    text = name.to(str)
    return rx.el.span(
        rx.el.span(name, class_name="long-name-text"),
        class_name="long-name",
        title=name,
        custom_attrs={"data-head": text[:-_TAIL], "data-tail": text[-_TAIL:]},
    )
