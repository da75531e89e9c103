"""A form that the browser posts by itself: the framework's own form always stops that."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from ragapp.ui.kit.types import Child


class PostForm(BaseHTML):
    """An HTML form that is sent as it is, for answers that have to set a cookie."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]


def post_form(*children: Child, action: str, **props: Any) -> rx.Component:
    """A form for /auth/*: the page is left, the server's answer is the next page."""
    return PostForm.create(*children, action=action, method="post", **props)
