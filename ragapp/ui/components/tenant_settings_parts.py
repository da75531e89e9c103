"""What an owner decides for the whole organisation, each with its consequence in words."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.tenant_settings import TenantSettingsState

_set: Any = TenantSettingsState


def profile_card() -> rx.Component:
    """Name and language of the organisation."""
    return kit.card(
        rx.el.form(
            kit.text_field(t("Name"), name="name", default_value=_set.name, required=True, max_length=200),
            kit.select(
                # A language is always offered in its own words.
                [("hr", "Hrvatski"), ("en", "English")],
                name="language",
                label=t("Language"),
                visible_label=True,
                hint=t("For mail and for people who have not chosen one."),
                default_value=_set.language,
            ),
            rx.el.div(kit.button(t("Save"), type="submit"), class_name="row"),
            on_submit=_set.save_profile,
            class_name="stack form-narrow",
            key=_set.name + _set.language,
        )
    )


def chats_card() -> rx.Component:
    """How long chats are kept, how far they are shared, and whether administrators read them."""
    return kit.card(_retention(), _sharing(), _reading(), class_name="stack settings-rows")


def settings_dialogs() -> rx.Component:
    """The questions before something that cannot be taken back, or that people must be able to trust."""
    doomed = tn(
        "{n} chat is older than that and will be deleted in the coming night. It cannot be restored.",
        "{n} chats are older than that and will be deleted in the coming night. They cannot be restored.",
        _set.doomed_chats,
    )
    return rx.fragment(
        kit.confirm_dialog(
            title=tn("Keep chats for {n} day only?", "Keep chats for {n} days only?", _set.wanted_days),
            text=doomed,
            confirm=t("Delete older chats"),
            is_open=_set.doomed_chats >= 0,
            on_open_change=_set.close_question,
            on_confirm=_set.confirm_retention,
        ),
        kit.confirm_dialog(
            title=t("Let administrators read chats?"),
            text=t(
                "Owners and administrators can then open every member's chats, private ones too. Each time is written "
                "to the audit log."
            ),
            confirm=t("Allow it"),
            variant="primary",
            is_open=_set.is_asking_reading,
            on_open_change=_set.close_question,
            on_confirm=_set.allow_reading,
        ),
    )


def _retention() -> rx.Component:
    days = rx.cond(_set.retention_days > 0, _set.retention_days.to_string(), "")
    return rx.el.form(
        kit.text_field(
            t("Delete chats after so many days"),
            name="days",
            type="number",
            min="0",
            max="3650",
            default_value=days,
            placeholder=t("Never"),
            hint=t(
                "Counted from a chat's last message; documents are not touched. Empty: chats are kept until someone"
                " deletes them."
            ),
        ),
        kit.button(t("Save"), type="submit"),
        on_submit=_set.choose_retention,
        class_name="row form-line",
        key=days,
    )


def _sharing() -> rx.Component:
    return kit.select(
        [
            ("nobody", t("No one: every chat is private")),
            ("members", t("Chosen colleagues")),
            ("tenant", t("Chosen colleagues, or everyone in the organisation")),
        ],
        name="sharing",
        label=t("With whom chats may be shared"),
        visible_label=True,
        hint=t("Applies at once, also to what is already shared."),
        value=_set.sharing,
        on_change=_set.choose_sharing,
    )


def _reading() -> rx.Component:
    return kit.toggle(
        t("Administrators may read chats"),
        t("Off: only its owner sees a private chat. On: each reading is written to the audit log."),
        name="admins-may-read",
        is_on=_set.admins_may_read,
        on_change=_set.ask_reading,
    )
