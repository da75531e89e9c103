"""What is shown when a page itself breaks in the browser: plain words and a way back, instead of the framework's."""

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary

from ragapp.ui import kit
from ragapp.ui.i18n import t


def crash_boundary() -> rx.Component:
    """Catch what breaks inside; the server's log gets the error."""
    return ErrorBoundary.create(fallback_render=rx.Var.create(_screen()))


def _screen() -> rx.Component:
    again = kit.button(
        t("Load the page again"), variant="primary", on_click=rx.call_script("window.location.reload()")
    )
    return rx.el.main(
        kit.error_state(
            t("This page stopped working"),
            t("Nothing that was saved is lost. If it happens again, tell whoever runs this service."),
            again,
        ),
        class_name="entry",
    )
