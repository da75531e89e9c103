"""/settings: who you are here, how pages look, how you prove who you are, and the way out."""

from typing import Any

import reflex as rx
from reflex.style import color_mode, set_color_mode

from ragapp.ui import kit
from ragapp.ui.components.linked_identities import linked_identities
from ragapp.ui.components.settings_parts import fact, section
from ragapp.ui.components.settings_security import (
    data_section,
    password_section,
    second_factor_section,
    sessions_section,
)
from ragapp.ui.components.shell import page_frame, shell
from ragapp.ui.feedback import error_text
from ragapp.ui.i18n import t
from ragapp.ui.states.account import AccountState
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import LanguageState

_me: Any = AuthState
_account: Any = AccountState


def settings_page() -> rx.Component:
    """Personal settings; what belongs to the organisation is not here."""
    problem = kit.notice(error_text(_account.error_code), tone="bad", icon_name="circle-alert")
    page = page_frame(
        rx.cond(_account.error_code, rx.el.div(problem, role="alert")),
        section(t("Profile"), _profile()),
        section(t("Language"), _language()),
        section(t("Appearance"), _appearance()),
        password_section(),
        second_factor_section(),
        linked_identities(),
        sessions_section(),
        data_section(),
        section(t("Session"), sign_out_form()),
        rx.el.p(t("Version {version}", version=_me.version), class_name="muted"),
        title=t("Settings"),
    )
    return shell(rx.el.div(page, class_name="settings"), title=t("Settings"))


def _profile() -> rx.Component:
    return rx.fragment(
        rx.el.dl(
            fact(t("E-mail"), _me.email),
            fact(t("Organisation"), _me.tenant_name),
            fact(t("Role"), role_text(_me.role)),
            class_name="facts",
        ),
        rx.el.form(
            kit.text_field(
                t("Full name"), name="full_name", default_value=_me.name, max_length=200, required=True,
                auto_complete="name",
            ),
            rx.el.div(kit.button(t("Save"), type="submit"), class_name="row"),
            on_submit=_account.save_name,
            class_name="stack",
        ),
        rx.el.form(
            kit.text_field(
                t("New e-mail address"), name="new_email", type="email", required=True, auto_complete="email",
                hint=t("We send a link there; until you open it the old address stays in use."),
            ),
            rx.el.div(kit.button(t("Change e-mail"), type="submit"), class_name="row"),
            on_submit=_account.save_email,
            reset_on_submit=True,
            class_name="stack",
        ),
    )  # fmt: skip


def role_text(role: rx.Var[str]) -> Any:
    """Return the word for a role."""
    return rx.match(role, ("owner", t("Owner")), ("admin", t("Administrator")), ("editor", t("Editor")), t("Member"))


def _language() -> rx.Component:
    return _choices(
        t("Language"),
        # A language is always offered in its own words.
        ("Hrvatski", LanguageState.language == "hr", LanguageState.choose("hr")),
        ("English", LanguageState.language == "en", LanguageState.choose("en")),
    )


def _appearance() -> rx.Component:
    return _choices(
        t("Appearance"),
        (t("Light"), color_mode == "light", [set_color_mode("light"), _account.choose_theme("light")]),
        (t("Dark"), color_mode == "dark", [set_color_mode("dark"), _account.choose_theme("dark")]),
        (t("Use system setting"), color_mode == "system", [set_color_mode("system"), _account.choose_theme("system")]),
    )


def _choices(label: rx.Var[str], *options: tuple[Any, Any, Any]) -> rx.Component:
    return rx.el.div(
        *[kit.button(text, on_click=event, aria_pressed=is_on) for text, is_on, event in options],
        class_name="row wrap",
        role="group",
        aria_label=label,
    )


def sign_out_form() -> rx.Component:
    """Sign out: a form post, because only an HTTP answer can take the cookie away."""
    return kit.post_form(kit.button(t("Sign out"), icon_name="log-out", type="submit"), action="/auth/logout")
