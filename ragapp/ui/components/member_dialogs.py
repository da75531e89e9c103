"""The questions about one member: which role, really out, really gone."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.role_words import ROLES, role_name, role_power
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.member_actions import DEACTIVATE, REMOVE, ROLE, MemberActionsState

_act: Any = MemberActionsState
_me: Any = AuthState


def member_dialogs() -> rx.Component:
    """Every question about a member; at most one is open."""
    return rx.fragment(_role_dialog(), _deactivate_dialog(), _remove_dialog())


def _role_dialog() -> rx.Component:
    choices = rx.el.fieldset(
        rx.el.legend(t("Role"), class_name="sr-only"), *[_role_choice(role) for role in ROLES], class_name="choices"
    )
    return kit.dialog(
        choices,
        rx.el.div(kit.button(t("Save"), variant="primary", on_click=_act.change_role), class_name="dialog-actions"),
        title=t("Role of {name}", name=_act.name),
        text=rx.cond(_act.is_you, t("This is you: with a lower role you cannot undo it yourself."), ""),
        is_open=_act.asking == ROLE,
        on_open_change=_act.set_asking,
    )


def _role_choice(role: str) -> rx.Component:
    choice = rx.el.label(
        rx.el.input(type="radio", name="role", value=role, checked=_act.role == role, on_change=_act.choose_role(role)),
        rx.el.span(
            rx.el.span(role_name(role), class_name="choice-name"), rx.el.span(role_power(role), class_name="muted")
        ),
        class_name="choice",
    )
    return rx.cond(_me.role == "owner", choice) if role == "owner" else choice


def _deactivate_dialog() -> rx.Component:
    return kit.confirm_dialog(
        title=t("Deactivate {name}?", name=_act.name),
        text=t(
            "Every device is signed out at once and their API keys stop working for good. Documents and chats stay. "
            "You can let them in again at any time."
        ),
        confirm=t("Deactivate"),
        is_open=_act.asking == DEACTIVATE,
        on_open_change=_act.set_asking,
        on_confirm=_act.deactivate,
    )


def _remove_dialog() -> rx.Component:
    erase = rx.el.label(
        rx.el.input(type="checkbox", class_name="checkbox", checked=_act.erase_chats, on_change=_act.set_erase_chats),
        rx.el.span(t("Also delete all their chats now. This cannot be undone.")),
        class_name="row check-row",
    )
    title = rx.cond(_act.is_you, t("Leave {tenant}?", tenant=_me.tenant_name), t("Remove {name}?", name=_act.name))
    return kit.dialog(
        erase,
        rx.el.div(
            kit.button(t("Cancel"), on_click=_act.set_asking(False)),
            kit.button(rx.cond(_act.is_you, t("Leave"), t("Remove")), variant="danger", on_click=_act.remove),
            class_name="dialog-actions",
        ),
        title=title,
        text=t(
            "Removed at once: the membership, all sessions and all API keys. Kept: documents they added. Their"
            " private chats are closed to everyone and are deleted when your retention period ends."
        ),
        is_open=_act.asking == REMOVE,
        on_open_change=_act.set_asking,
    )
