"""What a list or a panel shows when it has nothing, or could not get it."""

import reflex as rx

from ragapp.ui.kit.display import icon
from ragapp.ui.kit.types import Text


def empty_state(icon_name: str, title: Text, text: Text = "", *actions: rx.Component) -> rx.Component:
    """Nothing here yet: what this place is for and the one thing to do."""
    return _state("state", icon_name, title, text, actions)


def error_state(title: Text, text: Text = "", *actions: rx.Component) -> rx.Component:
    """It did not work: what happened and what to do."""
    return _state("state state-bad", "circle-alert", title, text, actions)


def _state(look: str, icon_name: str, title: Text, text: Text, actions: tuple[rx.Component, ...]) -> rx.Component:
    row = [rx.el.div(*actions, class_name="row")] if actions else []
    return rx.el.div(icon(icon_name), rx.el.h3(title), rx.cond(text, rx.el.p(text)), *row, class_name=look)
