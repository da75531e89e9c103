"""A quiet line while the server cannot be reached; it goes by itself."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from ragapp.ui import kit
from ragapp.ui.i18n import t


def connection_line() -> rx.Component:
    """Shown over everything, on every page."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            kit.spinner(),
            rx.el.span(t("Connection lost. Trying again; your text is kept.")),
            class_name="connection-line",
            role="status",
        ),
    )
