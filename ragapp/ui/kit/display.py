"""Things that are looked at: icons, badges, cards, notices, progress, skeletons."""

from typing import Any

import reflex as rx

from ragapp.ui.kit.types import Child, Text, Tone


def icon(name: str, **props: Any) -> rx.Component:
    """A lucide icon in the one size and weight; decoration unless it gets an `aria_label`."""
    if "aria_label" not in props:
        props["aria_hidden"] = "true"
    extra = props.pop("class_name", "")
    return rx.icon(name, class_name=f"icon {extra}".strip(), size=props.pop("size", 16), **props)


def badge(
    text: Child, *children: Child, tone: Tone | rx.Var[str] = "neutral", icon_name: str = "", **props: Any
) -> rx.Component:
    """A small label; `tone` may be a Var holding one of the tones."""
    tone_class = f"badge badge-{tone}"
    head = [icon(icon_name)] if icon_name else []
    return rx.el.span(*head, text, *children, class_name=tone_class, **props)


def card(*children: Child, class_name: str = "", **props: Any) -> rx.Component:
    """A raised box with one line around it."""
    return rx.el.div(*children, class_name=f"card {class_name}".strip(), **props)


def notice(*children: Child, tone: Tone = "neutral", icon_name: str = "info", **props: Any) -> rx.Component:
    """A slim line of information; never a wall."""
    return rx.el.div(icon(icon_name), *children, class_name=f"notice notice-{tone}", role="status", **props)


def kbd(*keys: Text) -> rx.Component:
    """A keyboard shortcut."""
    return rx.el.span(*[rx.el.kbd(key) for key in keys], class_name="row", style={"gap": "3px"})


def mod_key() -> rx.Var[str]:
    """Return what the key that goes with letters is called on the reader's machine: ⌘ on Apple's, Ctrl elsewhere."""
    is_apple = "/Mac|iPhone|iPad|iPod/.test(globalThis.navigator?.platform ?? '')"
    return rx.Var(f"({is_apple} ? '⌘' : 'Ctrl')", _var_type=str).to(str)


def spinner() -> rx.Component:
    """Something is happening here and there is nothing to count."""
    return rx.el.span(class_name="spinner", aria_hidden="true")


def progress_bar(
    percent: int | rx.Var[int],
    label: Text,
    *,
    waiting: bool | rx.Var[bool] = False,
    failed: bool | rx.Var[bool] = False,
) -> rx.Component:
    """How far something has come, 0 to 100; `waiting` shows motion without a number."""
    return rx.el.div(
        rx.el.span(style={"width": rx.Var.create(percent).to_string() + "%"}),
        class_name=rx.cond(waiting, "progress progress-wait", rx.cond(failed, "progress progress-bad", "progress")),
        role="progressbar",
        aria_label=label,
        aria_valuemin="0",
        aria_valuemax="100",
        aria_valuenow=percent,
    )


def skeleton(*, width: str = "100%", height: str = "12px") -> rx.Component:
    """A grey stand-in with the size of what is loading."""
    return rx.el.div(class_name="skeleton", style={"width": width, "height": height}, aria_hidden="true")


def skeleton_lines(*widths: str) -> rx.Component:
    """A paragraph that is loading: one line per width."""
    return rx.el.div(*[skeleton(width=width) for width in widths], class_name="stack", aria_hidden="true")


def tooltip(component: rx.Component, text: Text) -> rx.Component:
    """Show `text` beside a component on hover and keyboard focus (drawn by `assets/js/tips.js`)."""
    component.custom_attrs = {**component.custom_attrs, "data-tip": text}
    return component
