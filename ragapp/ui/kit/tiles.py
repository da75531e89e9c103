"""Tiles: one number that matters, with what it is measured against."""

import reflex as rx

from ragapp.ui.kit.display import icon
from ragapp.ui.kit.links import link
from ragapp.ui.kit.types import Child, Text


def stat_tile(
    label: Text, value: Child, *, hint: Child = "", icon_name: str = "", href: str = "", meter: Child | None = None
) -> rx.Component:
    """One number with its name; `hint` says what it is measured against, `meter` is a progress bar under it."""
    head = [icon(icon_name)] if icon_name else []
    inside = (
        rx.el.p(*head, label, class_name="tile-label"),
        rx.el.p(value, class_name="tile-value numbers"),
        *([] if isinstance(hint, str) and not hint else [rx.el.p(hint, class_name="tile-hint")]),
        *([meter] if meter is not None else []),
    )
    tile = rx.el.div(*inside, class_name="tile")
    return tile if not href else rx.el.div(tile, link(label, href=href, class_name="tile-link"), class_name="tile-box")


def tile_row(*tiles: rx.Component, label: Text) -> rx.Component:
    """Tiles side by side; they wrap where there is no room."""
    return rx.el.div(*tiles, class_name="tiles", role="group", aria_label=label)
