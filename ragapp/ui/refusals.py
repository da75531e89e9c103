"""Refusals whose numbers or field matter, in the user's language: what happened and what to do."""

from babel.numbers import format_decimal

from ragapp.core.errors import Details, RagAppError
from ragapp.core.plans import LIMIT_NAMES
from ragapp.ui.formatting import size_text
from ragapp.ui.i18n import translate

_SECONDS_SHOWN = 120


def exact_words(error: RagAppError, language: str) -> str:
    """Return the words for what this very error says beyond its code, "" when it says no more."""
    if error.code == "quota_exceeded":
        return _no_room(error.details, language)
    if error.code == "rate_limited":
        return _when_again(error.details, language)
    return _wrong_field(error.details, language) if error.code == "invalid_input" else ""


def _when_again(details: Details, language: str) -> str:
    wait = waiting_time(int(details.get("retry_after_s") or 0), language)
    limit = format_decimal(details.get("limit") or 0, locale=language)
    if details.get("per") == "tenant" and details.get("operation") == "ask":
        return translate(
            language,
            "Your organisation has used its {limit} questions for this hour. You can ask again in {wait}.",
            limit=limit,
            wait=wait,
        )
    if details.get("per") == "tenant":
        return translate(
            language,
            "Your organisation has used its {limit} uploads for this hour. You can upload again in {wait}.",
            limit=limit,
            wait=wait,
        )
    return translate(language, "That was a lot at once. You can go on in {wait}.", wait=wait)


def waiting_time(seconds: int, language: str) -> str:
    """Return a waiting time in short words, rounded up."""
    if seconds < _SECONDS_SHOWN:
        return translate(language, "{n} s", n=seconds)
    return translate(language, "{n} min", n=-(-seconds // 60))


def _no_room(details: Details, language: str) -> str:
    # Some say {"quota": name, "limit": number}, some {"limit": name, "max": number}.
    name = str(details.get("quota") or details.get("limit"))
    most = details.get("max") if "max" in details else details.get("limit")
    if not isinstance(most, int):
        return ""
    if name == "max_members":
        return translate(
            language,
            "Your organisation has room for {limit} members. Remove one, or ask your operator for a larger plan.",
            limit=format_decimal(most, locale=language),
        )
    if name == "max_documents":
        return translate(
            language,
            "Your organisation has room for {limit} documents. Delete some, or ask an administrator for more room.",
            limit=format_decimal(most, locale=language),
        )
    if name == "max_storage_bytes":
        return translate(
            language,
            "Your organisation has {limit} of storage, and this does not fit. Delete documents to make room.",
            limit=size_text(language, most),
        )
    return ""


def _wrong_field(details: Details, language: str) -> str:
    field = details.get("field")
    if field in LIMIT_NAMES and "max" in details:
        return translate(language, "Your own limit can only be lower than your plan's.")
    if field in LIMIT_NAMES or field == "chat_retention_days":
        return translate(language, "Enter a whole number from 0, or leave the field empty.")
    words = {
        "client_id": translate(language, "Fill in name, client id and client secret."),
        "client_secret": translate(language, "Fill in name, client id and client secret."),
        "confirm": translate(language, "This is not the short name of the organisation. Type it as it is shown."),
        "csv": translate(
            language,
            "This file cannot be read. Choose a CSV file whose first line names the columns, “question” among them.",
        ),
        "default_role": translate(language, "No one becomes an owner by joining. Choose another role."),
        "document_id": translate(
            language, "This document is in another knowledge base. Choose one of this knowledge base."
        ),
        "domains": translate(language, "Write domains like example.com, 50 at most."),
        "emails": translate(language, "Enter 1 to 200 addresses, each on its own line."),
        "expires_at": translate(language, "Choose an expiry in the next five years."),
        "folder": translate(
            language, "A folder is one or more names separated by /, at most 300 characters; . and .. are not allowed."
        ),
        "name": translate(language, "Enter a name."),
        "organisation": translate(language, "Enter a name."),
        "page": translate(language, "The document has no such page. Enter a page number from 1, or leave it empty."),
        "providers": translate(language, "An organisation can have at most 10 sign-in services. Delete one first."),
        "reason": translate(
            language, "Enter a reason of up to 500 characters; the organisation's members will see it."
        ),
        "scopes": translate(language, "Choose at least one thing that the key may do."),
        "slug": translate(language, "A short name has lowercase letters, digits and hyphens only."),
        "tags": translate(language, "A document has at most 20 tags, each of up to 50 characters."),
        "title": translate(language, "Enter a title."),
        "words": translate(
            language, "Enter words that stand in the document, at most 10 alternatives of 500 characters."
        ),
    }
    return words.get(str(field), "")
