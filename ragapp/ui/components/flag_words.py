"""What the features are called and what they do."""

from typing import Any, cast

import reflex as rx

from ragapp.core.flags import Flag
from ragapp.ui.i18n import t


def flag_words() -> dict[Flag, tuple[rx.Var[str], rx.Var[str]]]:
    """Return the name of each feature and what happens when it is off."""
    return {
        Flag.DOCUMENT_UPLOAD: (
            t("Adding documents"),
            t("Editors add and replace files. Off: existing documents can be searched, nothing new is added."),
        ),
        Flag.URL_IMPORT: (
            t("Web pages as documents"),
            t("Editors add public web pages by their address. Off: only files are added."),
        ),
        Flag.ADVANCED_RAG: (
            t("Thorough search"),
            t("Searches by meaning and by words and weighs both. Off: faster and simpler, finds less."),
        ),
        Flag.REAL_TIME_UPDATES: (
            t("Live updates"),
            t("Lists and numbers follow by themselves while a page is open. Off: after a reload."),
        ),
        Flag.CHAT_SHARING: (
            t("Sharing chats"),
            t("Members share chats as far as your policy below allows it. Off: every chat is private."),
        ),
        Flag.API_ACCESS: (
            t("Access for programs"),
            t("Programs ask and add documents with API keys. Off: every key is refused; nothing is deleted."),
        ),
        Flag.DEBUG_MODE: (
            t("Details for troubleshooting"),
            t("Answers show how they were found: passages, scores, times. On: everyone here sees it."),
        ),
    }


def flag_name(flag: Any) -> rx.Var[str]:
    """Return the name of a feature that is known in the browser only."""
    cases = [(each.value, words[0]) for each, words in flag_words().items()]
    return cast("rx.Var[str]", rx.match(flag, *cases, ""))
