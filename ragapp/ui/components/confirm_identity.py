"""The dialog "Confirm that it is you": `feedback.show` opens it when a service asks for it."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t
from ragapp.ui.kit.overlays import THIS_DOCUMENT
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.confirm_identity import ConfirmIdentityState

_confirm: Any = ConfirmIdentityState
_me: Any = AuthState


def confirm_identity_dialog() -> rx.Component:
    """Ask for the password, for a code where there is no password, or to sign in anew where there is neither."""
    arrival = rx.el.span(hidden=True, on_mount=_confirm.arrive(THIS_DOCUMENT))
    dialog = kit.dialog(
        rx.cond(
            _me.has_password | _me.has_second_factor,
            _form(),
            rx.el.p(t("Your account has no password here. Sign out and sign in again, then repeat this.")),
        ),
        title=t("Confirm that it is you"),
        text=t("This can change who has access, so we ask again."),
        is_open=_confirm.is_open,
        on_open_change=_confirm.set_open,
    )
    return rx.fragment(arrival, dialog)


def _form() -> rx.Component:
    password = kit.text_field(
        t("Password"),
        name="confirm_password",
        type="password",
        auto_complete="current-password",
        auto_focus=True,
        required=True,
    )
    code = kit.text_field(
        t("Code of your authenticator app"),
        name="confirm_code",
        auto_complete="one-time-code",
        input_mode="numeric",
        auto_focus=True,
        required=True,
    )
    problem = kit.notice(error_text(_confirm.error_code), tone="bad", icon_name="circle-alert")
    return rx.el.form(
        rx.cond(_confirm.error_code, rx.el.div(problem, role="alert")),
        rx.cond(_me.has_password, password, code),
        rx.el.div(kit.button(t("Confirm"), variant="primary", type="submit"), class_name="dialog-actions"),
        on_submit=_confirm.confirm,
        class_name="stack",
    )
