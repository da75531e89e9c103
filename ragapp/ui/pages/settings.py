"""/settings: who you are here, language, appearance, and the way out."""

from typing import Any

import reflex as rx
from reflex.style import color_mode, set_color_mode

from ragapp.ui import kit
from ragapp.ui.components.linked_identities import linked_identities
from ragapp.ui.components.shell import page_frame, shell
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import LanguageState

_me: Any = AuthState


def settings_page() -> rx.Component:
    """Personal settings; what belongs to the organisation is not here."""
    page = page_frame(
        _section(t("Profile"), _profile()),
        _section(t("Language"), _language()),
        _section(t("Appearance"), _appearance()),
        linked_identities(),
        _section(t("Session"), _session()),
        rx.el.p(t("Version {version}", version=_me.version), class_name="muted"),
        title=t("Settings"),
    )
    return shell(rx.el.div(page, class_name="settings"), title=t("Settings"))


def _section(title: rx.Var[str], content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h2(title), kit.card(content), class_name="settings-section")


def _profile() -> rx.Component:
    return rx.el.dl(
        _fact(t("Full name"), _me.name),
        _fact(t("E-mail"), _me.email),
        _fact(t("Organisation"), _me.tenant_name),
        _fact(t("Role"), role_text(_me.role)),
        class_name="facts",
    )


def _fact(name: rx.Var[str], value: rx.Component | rx.Var[str]) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value))


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
        (t("Light"), color_mode == "light", set_color_mode("light")),
        (t("Dark"), color_mode == "dark", set_color_mode("dark")),
        (t("As the system"), color_mode == "system", set_color_mode("system")),
    )


def _choices(label: rx.Var[str], *options: tuple[Any, Any, Any]) -> rx.Component:
    return rx.el.div(
        *[kit.button(text, on_click=event, aria_pressed=is_on) for text, is_on, event in options],
        class_name="row wrap",
        role="group",
        aria_label=label,
    )


def _session() -> rx.Component:
    return rx.el.div(
        rx.el.p(t("You stay signed in on this device until you have not used it for 7 days."), class_name="muted grow"),
        sign_out_form(),
        class_name="row wrap",
    )


def sign_out_form() -> rx.Component:
    """Sign out: a form post, because only an HTTP answer can take the cookie away."""
    return kit.post_form(kit.button(t("Sign out"), icon_name="log-out", type="submit"), action="/auth/logout")
