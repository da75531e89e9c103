"""What is shown when a page itself breaks in the browser: plain words and a way back, instead of the framework's."""

from typing import Any

import reflex as rx
from reflex.state import FrontendEventExceptionState
from reflex_components_core.base.error_boundary import ErrorBoundary

from ragapp.ui import kit
from ragapp.ui.i18n import t


def crash_boundary() -> rx.Component:
    """Catch what breaks inside: the server's log gets the error, the page is loaded again (`assets/js/broken.js`)."""
    return ErrorBoundary.create(on_error=_tell, fallback_render=rx.Var.create(_screen()))


def _tell(error: Any, component_stack: Any) -> list[Any]:
    return [
        FrontendEventExceptionState.handle_frontend_exception(error, component_stack),
        rx.call_script("window.ragappBroke?.()"),
    ]


def _screen() -> rx.Component:
    again = kit.button(
        t("Load the page again"), variant="primary", on_click=rx.call_script("window.location.reload()")
    )
    return rx.el.main(
        kit.error_state(
            t("This page stopped working"),
            t("Nothing that was saved is lost. If it happens again, tell the operator of this service."),
            again,
        ),
        class_name="entry",
    )
