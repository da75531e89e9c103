"""What the limits are called."""

from typing import Any, cast

import reflex as rx

from ragapp.ui.i18n import t


def limit_name(name: Any) -> rx.Var[str]:
    """Return the words for a limit, with the unit it is typed in."""
    words = rx.match(
        name,
        ("max_documents", t("Documents")),
        ("max_storage_bytes", t("Storage, in GB")),
        ("max_members", t("Members")),
        ("queries_per_hour", t("Questions per hour")),
        ("uploads_per_hour", t("Uploads per hour")),
        "",
    )
    return cast("rx.Var[str]", words)


def plan_name(plan: Any) -> rx.Var[str]:
    """Return the word for a plan."""
    words = rx.match(
        plan,
        ("free", t("Free")),
        ("pro", t("Pro")),
        ("enterprise", t("Enterprise")),
        ("unlimited", t("Unlimited")),
        t("Custom"),
    )
    return cast("rx.Var[str]", words)
