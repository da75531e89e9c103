"""What each right allows, in words."""

from typing import Any, cast

import reflex as rx

from ragapp.core.scope import Permission
from ragapp.ui.i18n import t


def permission_words() -> dict[Permission, rx.Var[str]]:
    """Return what each right allows."""
    return {
        Permission.CHAT: t("Ask questions"),
        Permission.SEARCH: t("Search"),
        Permission.READ_DOCUMENTS: t("Read documents"),
        Permission.WRITE_DOCUMENTS: t("Add and delete documents"),
        Permission.SHARE_CHATS: t("Share chats"),
        Permission.USE_API_KEYS: t("Use API keys"),
        Permission.MANAGE_KNOWLEDGE_BASES: t("Manage knowledge bases"),
        Permission.MANAGE_MEMBERS: t("Manage members"),
        Permission.MANAGE_API_KEYS: t("Manage everyone's API keys"),
        Permission.MANAGE_FLAGS: t("Change features"),
        Permission.MANAGE_LIMITS: t("Set limits"),
        Permission.READ_USAGE: t("See usage"),
        Permission.READ_AUDIT: t("Read the audit log"),
        Permission.READ_CHATS_OF_OTHERS: t("Read chats of others, where your policy allows it"),
        Permission.MANAGE_TENANT: t("Change the organisation's settings"),
        Permission.MANAGE_SIGN_IN: t("Manage sign-in"),
    }


def permission_name(permission: Any) -> rx.Var[str]:
    """Return what a right allows, for a right that is known in the browser only."""
    cases = [(each.value, words) for each, words in permission_words().items()]
    return cast("rx.Var[str]", rx.match(permission, *cases, ""))
