"""/suspended: the organisation may not work at the moment."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.entry_frame import entry_frame
from ragapp.ui.i18n import t
from ragapp.ui.states.suspended import SuspendedState

_suspended: Any = SuspendedState


def suspended_page() -> rx.Component:
    """Say that the organisation is suspended and why."""
    return entry_frame(
        t("{organisation} is suspended", organisation=_suspended.organisation),
        t(
            "No one in your organisation can work here for now. Nothing is lost: everything will be there when it"
            " resumes."
        ),
        rx.cond(
            _suspended.reason,
            kit.notice(t("Reason: {reason}", reason=_suspended.reason), tone="warn", icon_name="circle-pause"),
        ),
        rx.el.p(t("Ask the operator of this service what to do."), class_name="muted"),
        kit.post_form(
            kit.button(t("Sign out"), type="submit", block=True), action="/auth/logout", class_name="stack entry-form"
        ),
    )
