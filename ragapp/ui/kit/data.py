"""Tables and tabs."""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx

from ragapp.ui.kit.primitives import TabsContent, TabsList, TabsRoot, TabsTrigger
from ragapp.ui.kit.types import Child, Text

Stacks = Literal["phone", "laptop"]
"""Up to which window a table is too wide to be one."""


def data_table(
    headings: Sequence[Child],
    rows: Child,
    *,
    label: Text,
    stacks: Stacks | None = None,
    is_bare: bool = False,
    **props: Any,
) -> rx.Component:
    """A real table that scrolls sideways when it must; `rows` is usually an `rx.foreach` of `rx.el.tr`.

    Where it `stacks`, a row becomes a small card: the `main-cell` first, the `act-cell` beside it, the rest under them.
    One that `is_bare` has nothing to focus in it, so it can be focused itself: the keyboard scrolls it then.
    """
    look = f"table-wrap stacks-{stacks}" if stacks else "table-wrap"
    head = rx.el.thead(rx.el.tr(*[rx.el.th(heading, scope="col") for heading in headings]))
    return rx.el.div(
        rx.el.table(head, rx.el.tbody(rows), class_name="table", aria_label=label, **props),
        class_name=look,
        **(scrolled_by_keys(label) if is_bare else {}),
    )


def scrolled_by_keys(label: Text) -> dict[str, Any]:
    """Return what lets the keyboard scroll a box that holds nothing to focus."""
    return {"tab_index": 0, "role": "group", "aria_label": label}


def labelled_cell(label: Text, *children: Child, class_name: str = "") -> rx.Component:
    """A cell that says what it holds where the table is stacked and has no headings."""
    return rx.el.td(*children, class_name=class_name, custom_attrs={"data-label": label})


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
