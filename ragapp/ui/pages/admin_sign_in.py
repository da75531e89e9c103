"""/admin/sign-in: how people of the organisation sign in."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell
from ragapp.ui.components.provider_dialogs import provider_dialogs
from ragapp.ui.components.provider_words import problem_text
from ragapp.ui.i18n import t
from ragapp.ui.states.sign_in_admin import SignInAdminState

_admin: Any = SignInAdminState


def admin_sign_in_page() -> rx.Component:
    """Sign-in services, then the policy."""
    new = kit.button(t("New sign-in service"), icon_name="plus", variant="primary", on_click=_admin.edit(""))
    return admin_shell(_services(), _policy(), title=t("Sign-in"), actions=(new,), overlays=(provider_dialogs(),))


def _services() -> rx.Component:
    headings = [
        t("Name"), t("Issuer address"), t("E-mail domains"), t("Status"),
        rx.el.span(t("Actions"), class_name="sr-only"),
    ]  # fmt: skip
    none = kit.empty_state(
        "key-round",
        t("No sign-in services"),
        t("Let people sign in with the account they have at work, through OpenID Connect."),
    )
    table = kit.listing(
        kit.data_table(headings, rx.foreach(_admin.rows, _row), label=t("Sign-in services"), stacks="laptop"),
        is_loading=_admin.is_loading,
        error_code=_admin.error_code,
        is_empty=_admin.rows.length() == 0,
        empty=none,
        on_retry=_admin.load,
    )
    return kit.panel(t("Sign-in services"), table)


def _row(row: Any) -> rx.Component:
    actions = rx.el.div(
        kit.button(t("Test"), size="sm", on_click=_admin.test(row.id)),
        kit.button(t("Change"), size="sm", on_click=_admin.edit(row.id)),
        kit.button(t("Remove"), size="sm", on_click=_admin.ask_delete(row.id)),
        class_name="row",
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(row.name, class_name="truncate"), class_name="main-cell"),
        rx.el.td(row.issuer, class_name="muted breakable"),
        rx.el.td(rx.cond(row.domains, row.domains, "–"), class_name="muted"),
        rx.el.td(_state(row)),
        rx.el.td(actions, class_name="act-cell"),
        key=row.id,
    )


def _state(row: Any) -> rx.Component:
    tested = rx.el.p(
        problem_text(row.check), class_name=rx.cond(row.check == "usable", "muted", "field-error"), role="status"
    )
    badge = rx.cond(row.is_enabled, kit.badge(t("Offered"), tone="ok"), kit.badge(t("Off")))
    return rx.el.div(badge, rx.cond(row.check, tested), class_name="stack-tight")


def _policy() -> rx.Component:
    locked = rx.cond(
        _admin.password_sign_in & ~_admin.can_switch_off_passwords,
        t("Sign in through one of the services yourself first. Then this can be turned off."),
        "",
    )
    passwords = kit.toggle(
        t("Passwords"),
        t("People sign in with their e-mail address and a password. Owners always can: a service may be down."),
        name="password-sign-in",
        is_on=_admin.password_sign_in,
        on_change=_admin.set_password_sign_in,
        locked=locked,
    )
    factor = kit.toggle(
        t("Two-step sign-in for everyone"),
        t("Everyone who signs in with a password also needs a code from an authenticator app."),
        name="second-factor-required",
        is_on=_admin.second_factor_required,
        on_change=_admin.set_second_factor,
    )
    return kit.panel(t("Rules"), kit.card(passwords, factor))
