"""Adding, changing and removing a sign-in service."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.states.sign_in_admin import SignInAdminState

_admin: Any = SignInAdminState


def provider_dialogs() -> rx.Component:
    """Every dialog of the page; at most one is open."""
    edit = kit.dialog(
        _form(),
        title=rx.cond(_admin.edited.id, _admin.edited.name, t("New sign-in service")),
        text=t("Register this application at the service first, with the address below."),
        is_open=_admin.is_editing,
        on_open_change=_admin.set_editing,
        wide=True,
    )
    delete = kit.confirm_dialog(
        title=t("Remove “{name}”?", name=_admin.edited.name),
        text=t("No one can sign in with it any more, and those who did are signed out. Their accounts remain."),
        confirm=t("Remove"),
        is_open=_admin.is_asking,
        on_open_change=_admin.set_asking,
        on_confirm=_admin.delete,
    )
    return rx.fragment(edit, delete)


def _form() -> rx.Component:
    is_new = _admin.edited.id == ""
    return rx.el.form(
        kit.copy_field(t("Redirect address"), _admin.redirect_uri, name="redirect-uri"),
        _text("name", t("Name"), t("Shown on the button: “Continue with …”."), _admin.edited.name, 100),
        _text("issuer", t("Issuer address"), t("Such as https://login.example.com"), _admin.edited.issuer, 500),
        _text("client_id", t("Client id"), "", _admin.edited.client_id, 255),
        kit.text_field(
            t("Client secret"),
            name="client_secret",
            type="password",
            auto_complete="off",
            max_length=1000,
            required=is_new,
            hint=rx.cond(is_new, t("Kept encrypted and never shown."), t("Leave it empty to keep the one there is.")),
        ),
        kit.text_field(
            t("E-mail domains"),
            name="domains",
            max_length=2000,
            default_value=_admin.edited.domains,
            hint=t("People with such an address are offered this service. An owner must have an address there."),
        ),
        _check(
            "auto_join",
            t("People of these domains join by themselves when they first sign in"),
            _admin.edited.auto_join,
        ),
        kit.select(
            [("member", t("Member")), ("editor", t("Editor")), ("admin", t("Administrator"))],
            name="default_role",
            label=t("Role for people who join automatically"),
            visible_label=True,
            default_value=_admin.edited.default_role,
        ),
        _check("is_enabled", t("Offer it on the sign-in page"), _admin.edited.is_enabled),
        rx.el.div(
            kit.button(t("Save and test"), type="submit", variant="primary"), class_name="dialog-actions"
        ),
        on_submit=_admin.save,
        class_name="stack",
        key=_admin.edited.id,
    )


def _text(name: str, label: Any, hint: Any, value: Any, most: int) -> rx.Component:
    return kit.text_field(
        label, name=name, required=True, max_length=most, hint=hint, default_value=value, auto_complete="off"
    )


def _check(name: str, text: Any, is_on: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", class_name="checkbox", name=name, default_checked=is_on),
        rx.el.span(text),
        class_name="row check-row",
    )
