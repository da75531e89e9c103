"""Pieces that the sections of the settings are made of."""

from typing import Any

import reflex as rx

from ragapp.ui import kit


def section(title: rx.Var[str], *content: Any, anchor: str = "") -> rx.Component:
    """One titled card."""
    return rx.el.section(
        rx.el.h2(title), kit.card(rx.el.div(*content, class_name="stack")), class_name="settings-section", id=anchor
    )


def fact(name: rx.Var[str], value: rx.Component | rx.Var[str]) -> rx.Component:
    """A term and what it is here, inside a `dl`."""
    return rx.el.div(rx.el.dt(name), rx.el.dd(value))
