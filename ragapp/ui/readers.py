"""Who can read what is added to a knowledge base, in one sentence; owners and administrators always can."""

from typing import Any, cast

import reflex as rx

from ragapp.core.scope import Role
from ragapp.core.sharing import BaseAccess
from ragapp.ui.i18n import t, translate

EVERYONE = BaseAccess.EVERYONE.value
READERS = (EVERYONE, BaseAccess.MEMBERS.value, Role.EDITOR.value, Role.ADMIN.value)
"""The kinds: everyone, chosen members, or the weakest role that may."""


def readers_words(kind: Any) -> rx.Var[str]:
    """Return the sentence for a kind of `READERS` that follows the reader's language."""
    words = rx.match(
        kind,
        (BaseAccess.MEMBERS.value, t("Chosen members, administrators and owners can read it.")),
        (Role.EDITOR.value, t("Editors, administrators and owners can read it.")),
        (Role.ADMIN.value, t("Only administrators and owners can read it.")),
        t("Everyone in your organisation can read it."),
    )
    return cast("rx.Var[str]", words)


def readers_text(language: str, kind: str) -> str:
    """Return the same sentence in one language, on the server."""
    words = {
        BaseAccess.MEMBERS.value: translate(language, "Chosen members, administrators and owners can read it."),
        Role.EDITOR.value: translate(language, "Editors, administrators and owners can read it."),
        Role.ADMIN.value: translate(language, "Only administrators and owners can read it."),
    }
    return words.get(kind, translate(language, "Everyone in your organisation can read it."))
