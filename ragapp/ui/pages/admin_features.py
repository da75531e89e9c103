"""/admin/features: what is switched on, how much, and what holds for the whole organisation."""

from typing import Any

import reflex as rx

from ragapp.core.scope import Permission
from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell, may
from ragapp.ui.components.feature_switches import features_panel
from ragapp.ui.components.limits_card import limits_panel
from ragapp.ui.components.tenant_settings_parts import chats_card, profile_card, settings_dialogs
from ragapp.ui.i18n import t
from ragapp.ui.states.tenant_settings import TenantSettingsState

_set: Any = TenantSettingsState


def admin_features_page() -> rx.Component:
    """Switches, limits, and what only an owner decides."""
    return admin_shell(
        kit.listing(
            rx.el.div(
                features_panel(), limits_panel(), rx.cond(may(Permission.MANAGE_TENANT), _owners()), class_name="panels"
            ),
            is_loading=_set.is_loading,
            error_code=_set.error_code,
            is_empty=False,
            empty=rx.fragment(),
            on_retry=_set.load,
        ),
        title=t("Features and limits"),
        overlays=(settings_dialogs(),),
    )


def _owners() -> rx.Component:
    return rx.fragment(
        kit.panel(t("Chats"), chats_card()),
        kit.panel(t("Organisation"), profile_card()),
    )
