"""Menus that drop from a button."""

from typing import Any

import reflex as rx

from ragapp.ui.kit.actions import button_class
from ragapp.ui.kit.display import icon
from ragapp.ui.kit.links import link
from ragapp.ui.kit.primitives import MenuContent, MenuItem, MenuLabel, MenuPortal, MenuRoot, MenuSeparator, MenuTrigger
from ragapp.ui.kit.types import Child, Text


def menu(
    trigger: Child,
    *items: rx.Component,
    label: Text,
    trigger_class: str = button_class("ghost", "sm", is_icon=True),
    align: str = "end",
    side: str = "bottom",
) -> rx.Component:
    """A menu. `trigger` is the content of its button (an icon or a row), `label` the button's name."""
    return MenuRoot.create(
        MenuTrigger.create(trigger, class_name=trigger_class, custom_attrs={"aria-label": label}),
        MenuPortal.create(
            MenuContent.create(*items, class_name="menu", align=align, side=side, side_offset=4, collision_padding=8),
        ),
        modal=False,
    )


def menu_item(text: Child, *, icon_name: str, danger: bool = False, shortcut: str = "", **props: Any) -> rx.Component:
    """A command; give `on_select`."""
    hint = [rx.el.kbd(shortcut)] if shortcut else []
    look = "menu-item menu-item-danger" if danger else "menu-item"
    return MenuItem.create(icon(icon_name), rx.el.span(text), *hint, class_name=look, **props)


def menu_link(text: Child, *, href: Text, icon_name: str, full_load: bool = False, **props: Any) -> rx.Component:
    """A command that goes to an address."""
    anchor = link(icon(icon_name), rx.el.span(text), href=href, full_load=full_load, class_name="menu-item", **props)
    return MenuItem.create(anchor, as_child=True)


def menu_line() -> rx.Component:
    """A line between groups of commands."""
    return MenuSeparator.create(class_name="menu-line")


def menu_label(text: Child) -> rx.Component:
    """The heading of a group of commands."""
    return MenuLabel.create(text, class_name="menu-label")
