"""Links: inside the single-page app, or a full page load for /auth/* and /api/*."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from ragapp.ui.kit.types import Child, Text


def link(*children: Child, href: Text, full_load: bool = False, **props: Any) -> rx.Component:
    """An unstyled link; `full_load` leaves the single-page router, so that the socket gets the new cookie."""
    if full_load:
        # The framework's own `a` is a link of the router too, whatever it leads to.
        return ReactRouterLink.create(*children, to=href, reload_document=True, **props)
    return ReactRouterLink.create(*children, to=href, **props)
