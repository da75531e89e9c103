"""Things that are pressed."""

from typing import Any

import reflex as rx

from ragapp.ui.kit.display import icon
from ragapp.ui.kit.links import link
from ragapp.ui.kit.types import Child, Size, Text, Variant

_SIZES = {"sm": " btn-sm", "md": "", "lg": " btn-lg"}


def button_class(variant: Variant, size: Size, *, block: bool = False, is_icon: bool = False) -> str:
    """Return the CSS classes of a button, for elements that must look like one."""
    return f"btn btn-{variant}{_SIZES[size]}{' btn-block' if block else ''}{' btn-icon' if is_icon else ''}"


def button(
    *children: Child,
    variant: Variant = "secondary",
    size: Size = "md",
    icon_name: str = "",
    block: bool = False,
    **props: Any,
) -> rx.Component:
    """A button with words. One `primary` per screen: the thing to do here."""
    head = [icon(icon_name)] if icon_name else []
    props.setdefault("type", "button")
    return rx.el.button(*head, *children, class_name=button_class(variant, size, block=block), **props)


def button_link(
    *children: Child,
    href: str | rx.Var[str],
    variant: Variant = "secondary",
    size: Size = "md",
    icon_name: str = "",
    block: bool = False,
    full_load: bool = False,
    **props: Any,
) -> rx.Component:
    """A link that looks like a button; `full_load` leaves the single-page router (for /auth/* and /api/*)."""
    head = [icon(icon_name)] if icon_name else []
    look = button_class(variant, size, block=block)
    return link(*head, *children, href=href, full_load=full_load, class_name=look, **props)


def icon_button(name: str, label: Text, *, variant: Variant = "ghost", size: Size = "md", **props: Any) -> rx.Component:
    """A button with an icon only; `label` is its name for screen readers and its tooltip."""
    props.setdefault("type", "button")
    tip = {"data-tip": label, **props.pop("custom_attrs", {})}
    return rx.el.button(
        icon(name), aria_label=label, custom_attrs=tip, class_name=button_class(variant, size, is_icon=True), **props
    )


def icon_link(
    name: str, label: Text, *, href: str | rx.Var[str], size: Size = "md", full_load: bool = False, **props: Any
) -> rx.Component:
    """A link with an icon only."""
    tip = {"data-tip": label, **props.pop("custom_attrs", {})}
    look = button_class("ghost", size, is_icon=True)
    return link(
        icon(name), href=href, full_load=full_load, aria_label=label, custom_attrs=tip, class_name=look, **props
    )
