"""Tables and tabs."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from ragapp.ui.kit.primitives import TabsContent, TabsList, TabsRoot, TabsTrigger
from ragapp.ui.kit.types import Child, Text


def data_table(
    headings: Sequence[Child], rows: Child, *, label: Text, is_stacked: bool = False, **props: Any
) -> rx.Component:
    """A real table that scrolls sideways when it must; `rows` is usually an `rx.foreach` of `rx.el.tr`.

    With `is_stacked` a row becomes a small card on a phone: the `main-cell` first, the `act-cell` beside it.
    """
    head = rx.el.thead(rx.el.tr(*[rx.el.th(heading, scope="col") for heading in headings]))
    return rx.el.div(
        rx.el.table(head, rx.el.tbody(rows), class_name="table", aria_label=label, **props),
        class_name="table-wrap stacked" if is_stacked else "table-wrap",
    )


def tabs(*panels: tuple[str, Text, rx.Component], label: Text, **props: Any) -> rx.Component:
    """Panels of (value, title, content); the first is open unless `default_value` or `value` says otherwise."""
    if "value" not in props:
        props.setdefault("default_value", panels[0][0])
    return TabsRoot.create(
        TabsList.create(
            *[TabsTrigger.create(title, value=value, class_name="tab") for value, title, _ in panels],
            class_name="tabs-list",
            custom_attrs={"aria-label": label},
        ),
        *[TabsContent.create(content, value=value, class_name="tab-panel") for value, _, content in panels],
        **props,
    )
