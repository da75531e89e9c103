"""What the roles are called, and what each of them may do."""

from typing import Any, cast

import reflex as rx

from ragapp.ui.i18n import t

ROLES = ("member", "editor", "admin", "owner")
"""The weakest first."""


def role_name(role: Any) -> rx.Var[str]:
    """Return the word for a role."""
    words = rx.match(role, ("owner", t("Owner")), ("admin", t("Administrator")), ("editor", t("Editor")), t("Member"))
    return cast("rx.Var[str]", words)


def role_power(role: str) -> rx.Var[str]:
    """Return in one sentence what somebody with the role may do."""
    return {
        "member": t("Asks questions and reads the documents they may see."),
        "editor": t("Also adds, replaces and deletes documents."),
        "admin": t(
            "Also manages members, knowledge bases, features, limits and API keys, and sees usage and the audit log."
        ),
        "owner": t("Also decides on sign-in, retention and sharing, and names other owners."),
    }[role]
