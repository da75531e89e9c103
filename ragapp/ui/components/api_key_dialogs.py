"""Making a key, showing it once, ending one."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.permission_words import permission_words
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.api_keys import ALL_RIGHTS, LIVES_DAYS, ApiKeysState
from ragapp.ui.states.auth import AuthState

_keys: Any = ApiKeysState
_me: Any = AuthState


def api_key_dialogs() -> rx.Component:
    """Every dialog of the page; at most one is open."""
    revoke = kit.confirm_dialog(
        title=t("Revoke “{name}”?", name=_keys.revoking_name),
        text=t("Programs that use this key lose access at once. This cannot be undone."),
        confirm=t("Revoke"),
        is_open=_keys.revoking_id != "",
        on_open_change=_keys.set_asking,
        on_confirm=_keys.revoke,
    )
    return rx.fragment(_create_dialog(), revoke)


def _create_dialog() -> rx.Component:
    made = rx.el.div(
        kit.secret_field(t("API key"), _keys.token, name="new-key"),
        rx.el.div(
            kit.button(t("Done"), variant="primary", on_click=_keys.show_dialog(False)), class_name="dialog-actions"
        ),
        class_name="stack",
    )
    return kit.dialog(
        rx.cond(_keys.token, made, _form()),
        title=t("New API key"),
        text=rx.cond(_keys.token, "", t("For a program that asks or adds documents in your name.")),
        is_open=_keys.is_creating,
        on_open_change=_keys.show_dialog,
    )


def _form() -> rx.Component:
    lives = [(str(days), tn("{n} day", "{n} days", rx.Var.create(days))) for days in LIVES_DAYS]
    return rx.el.form(
        kit.text_field(
            t("Name"), name="name", required=True, max_length=100, auto_focus=True, hint=t("What it is for.")
        ),
        kit.select(
            [*lives, ("", t("No end"))], name="life", label=t("Valid for"), visible_label=True, default_value="90"
        ),
        rx.el.fieldset(
            rx.el.legend(t("What it may do"), class_name="field-label"),
            _rights(ALL_RIGHTS, t("Everything I may do"), is_default=True),
            _rights("chosen", t("Only this:")),
            rx.el.div(
                *[_right(value.value, words) for value, words in permission_words().items()], class_name="rights"
            ),
            class_name="choices-plain",
        ),
        rx.el.div(kit.button(t("Create the key"), type="submit", variant="primary"), class_name="dialog-actions"),
        on_submit=_keys.create,
        class_name="stack form-rights",
    )


def _rights(value: str, text: rx.Var[str], *, is_default: bool = False) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="rights", value=value, default_checked=is_default),
        rx.el.span(text),
        class_name="row",
    )


def _right(value: str, words: rx.Var[str]) -> rx.Component:
    box = rx.el.input(type="checkbox", class_name="checkbox", name=value)
    return rx.cond(_me.permissions.contains(value), rx.el.label(box, rx.el.span(words), class_name="row"))
