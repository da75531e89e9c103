"""The settings about proving who one is: password, second factor, sessions, one's data."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.settings_parts import section
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import relative_time
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.account import AccountState
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.own_sessions import OwnSessionsState
from ragapp.ui.states.second_factor import SecondFactorState

_me: Any = AuthState
_account: Any = AccountState
_factor: Any = SecondFactorState
_sessions: Any = OwnSessionsState


def password_section() -> rx.Component:
    """A new password: a form post, because this browser gets a new cookie."""
    form = kit.post_form(
        kit.text_field(
            t("Current password"),
            name="current_password",
            type="password",
            auto_complete="current-password",
            required=True,
        ),
        kit.text_field(
            t("New password"),
            name="new_password",
            type="password",
            auto_complete="new-password",
            min_length=10,
            required=True,
            hint=t("At least 10 characters. Several words are better than unusual characters."),
        ),
        rx.el.p(t("All your other devices are signed out."), class_name="muted"),
        kit.check_field(t("Also end all my API keys. Programs that use them stop working."), name="end_keys"),
        rx.el.div(kit.button(t("Change password"), type="submit"), class_name="row"),
        action="/auth/change-password",
        class_name="stack",
    )
    return rx.cond(_me.has_password, section(t("Password"), form, anchor="password"))


def second_factor_section() -> rx.Component:
    """Off, being set up, or on; recovery codes are shown once."""
    setting_up = _factor.secret != ""
    state = rx.cond(_factor.is_enabled, _enabled(), rx.cond(setting_up, _set_up(), _disabled()))
    return section(
        t("Two-step sign-in"),
        rx.cond(
            _account.must_set_up & ~_factor.is_enabled,
            kit.notice(
                t(
                    "Your organisation requires two-step sign-in. Set it up to continue."
                ), tone="warn", icon_name="shield"
            ),
        ),
        rx.cond(_factor.is_loading, kit.skeleton_lines("80%", "40%"), state),
        rx.cond(_factor.codes.length() > 0, _codes()),
        anchor="second-factor",
    )


def _disabled() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            t(
                "With a code from an app on your phone, a stolen password alone is not enough to sign in."
            ), class_name="muted"
        ),
        rx.el.div(
            kit.button(t("Set up an authenticator app"), icon_name="smartphone", on_click=_factor.begin),
            class_name="row",
        ),
    )


def _set_up() -> rx.Component:
    problem = kit.notice(error_text(_factor.error_code), tone="bad", icon_name="circle-alert")
    return rx.fragment(
        rx.el.p(t("Scan this QR code with your authenticator app, or type the key into it.")),
        rx.el.img(src=_factor.picture, alt=t("QR code for the authenticator app"), class_name="qr-code"),
        kit.copy_field(t("Key"), _factor.secret, name="totp_secret"),
        rx.cond(_factor.error_code, rx.el.div(problem, role="alert")),
        rx.el.form(
            kit.text_field(
                t("Code that the app shows now"),
                name="code",
                auto_complete="one-time-code",
                input_mode="numeric",
                max_length=7,
                required=True,
            ),
            rx.el.div(
                kit.button(t("Turn on"), variant="primary", type="submit"),
                kit.button(t("Cancel"), on_click=_factor.put_away),
                class_name="row",
            ),
            on_submit=_factor.confirm,
            class_name="stack",
        ),
    )


def _enabled() -> rx.Component:
    left = tn("{n} recovery code is left.", "{n} recovery codes are left.", _factor.codes_left)
    return rx.fragment(
        rx.el.p(kit.badge(t("On"), tone="ok"), " ", left),
        rx.el.div(
            kit.asking_button(
                t("New recovery codes"),
                title=t("Create new recovery codes?"),
                text=t("The codes that you kept until now stop working."),
                confirm=t("Create new codes"),
                on_confirm=_factor.renew_codes,
            ),
            rx.cond(
                _factor.is_required,
                rx.el.span(t("Your organisation requires it for everyone."), class_name="muted"),
                kit.asking_button(
                    t("Turn off"),
                    title=t("Turn off two-step sign-in?"),
                    text=t("From then on your password alone is enough to sign in. The recovery codes stop working."),
                    confirm=t("Turn off"),
                    on_confirm=_factor.disable,
                    look=kit.button_class("danger", "md"),
                ),
            ),
            class_name="row wrap",
        ),
    )


def _codes() -> rx.Component:
    return rx.el.div(
        kit.notice(
            t("Keep these codes in a safe place: each one signs you in once if you lose your phone."),
            tone="warn",
            icon_name="triangle-alert",
        ),
        rx.el.pre(_factor.codes.join("\n"), class_name="recovery-codes mono"),
        rx.el.div(
            kit.button(
                t("Copy"),
                icon_name="copy",
                on_click=[rx.set_clipboard(_factor.codes.join("\n")), rx.toast.success(t("Copied"))],
            ),
            kit.button(t("I have saved them"), on_click=_factor.put_away),
            class_name="row wrap",
        ),
        class_name="stack",
        role="status",
    )


def sessions_section() -> rx.Component:
    """Where one is signed in."""
    return section(
        t("Where you are signed in"),
        rx.cond(
            _sessions.is_loading,
            kit.skeleton_lines("70%", "60%"),
            rx.el.ul(rx.foreach(_sessions.rows, _session), class_name="session-list"),
        ),
        rx.cond(
            _sessions.rows.length() > 1,
            rx.el.div(
                kit.asking_button(
                    kit.icon("log-out"),
                    t("Sign out all other devices"),
                    title=t("Sign out all other devices?"),
                    text=t("Every other browser and program that is signed in as you has to sign in again."),
                    confirm=t("Sign them out"),
                    on_confirm=_sessions.end_others,
                ),
                class_name="row",
            ),
        ),
        rx.el.p(
            t("A session ends after 8 hours without use, and after 7 days in any case."), class_name="muted"
        ),
        anchor="sessions",
    )


def _session(row: Any) -> rx.Component:
    name = rx.cond(row.is_token, t("Access token of a program"), rx.cond(row.device, row.device, t("Unknown device")))
    return rx.el.li(
        kit.icon("monitor"),
        rx.el.div(
            rx.el.span(name, class_name="truncate"),
            rx.el.span(row.tenant, " · ", row.address, " · ", relative_time(row.seen_at), class_name="muted"),
            class_name="grow stack-tight",
        ),
        rx.cond(
            row.is_current,
            kit.badge(t("This device"), tone="ok"),
            kit.asking_button(
                t("Sign out"),
                title=t("Sign this device out?"),
                text=t("{device} has to sign in again.", device=name),
                confirm=t("Sign out"),
                on_confirm=_sessions.end(row.id),
                look=kit.button_class("secondary", "sm"),
            ),
        ),
        class_name="row session-row",
        key=row.id,
    )


def data_section() -> rx.Component:
    """One's own data to take along."""
    return section(
        t("Your data"),
        rx.el.p(
            t("Your profile, your chats with their sources, the names of your keys and what you did, as one file."),
            class_name="muted",
        ),
        rx.el.div(
            kit.button(t("Download my data"), icon_name="download", on_click=_account.export), class_name="row"
        ),
        anchor="data",
    )
