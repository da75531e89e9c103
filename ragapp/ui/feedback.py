"""How an error or a success is told: the words come from the catalogue by the error's code."""

from functools import cache
from typing import Any, cast

import reflex as rx
from reflex.event import Event, EventSpec
from reflex_base.utils.format import format_event_handler

from ragapp.core.errors import Defect, RagAppError, ReauthenticationRequired
from ragapp.ui.deferral import present_event
from ragapp.ui.formatting import size_text
from ragapp.ui.i18n import t, translate
from ragapp.ui.refusals import exact_words

_PLACE = "bottom-center"  # the corners belong to the upload tray and the evidence


def message_for(error: RagAppError, language: str) -> str:
    """Return what happened and what to do, in the user's language; a message with numbers where the error has them."""
    details = error.details
    if error.code == "file_too_large" and {"size_bytes", "max_bytes"} <= details.keys():
        return too_large(language, int(details["size_bytes"] or 0), int(details["max_bytes"] or 0))
    if error.code == "rate_limited" and "retry_after_s" in details and "operation" not in details:
        return translate(language, "Too many requests. Try again in {seconds} s.", seconds=details["retry_after_s"])
    return exact_words(error, language) or message_for_code(error.code, language)


def message_for_code(code: str, language: str) -> str:
    """Return the text of an error code; an unknown code reads like a defect."""
    return translate(language, default_messages().get(code, Defect.default_message))


def too_large(language: str, size_bytes: int, max_bytes: int) -> str:
    """Return the words for a file over the limit."""
    return translate(
        language,
        "{size} is over the limit of {limit} per file. Split it and upload the parts.",
        size=size_text(language, size_bytes),
        limit=size_text(language, max_bytes),
    )


def error_text(code: rx.Var[str]) -> rx.Var[str]:
    """Return the text of an error code that follows the user's language."""
    cases = [(known, t(message)) for known, message in default_messages().items()]
    return cast("rx.Var[str]", rx.match(code, *cases, t(Defect.default_message)))


@cache
def default_messages() -> dict[str, str]:
    """Return the English message of every error code."""
    kinds: list[type[RagAppError]] = [RagAppError, *_descendants(RagAppError)]
    return {kind.code: kind.default_message for kind in kinds}


def show(error: RagAppError, language: str) -> EventSpec:
    """Return the event that tells the user about an error.

    Where a fresh proof of who they are is missing, it asks for that and hands on what is being handled: once confirmed,
    it is handled again.
    """
    if isinstance(error, ReauthenticationRequired):
        from ragapp.ui.states.confirm_identity import ConfirmIdentityState  # it uses this module too

        name, arguments = present_event()
        ask = format_event_handler(cast("Any", ConfirmIdentityState).ask)
        return cast("EventSpec", Event(name=ask, payload={"event_name": name, "arguments": arguments}))
    return cast("EventSpec", rx.toast.error(message_for(error, language), position=_PLACE))


def failure(text: str) -> EventSpec:
    """Return the event that says what did not work; `text` is already in the user's language."""
    return cast("EventSpec", rx.toast.error(text, position=_PLACE))


def success(text: str) -> EventSpec:
    """Return the event that confirms something; `text` is already in the user's language."""
    return cast("EventSpec", rx.toast.success(text, position=_PLACE))


def note(text: str) -> EventSpec:
    """Return the event that says something worth knowing, neither good nor bad; in the user's language."""
    return cast("EventSpec", rx.toast.info(text, position=_PLACE))


def outcome(done_count: int, failed_count: int, *, done: str, failed: str) -> EventSpec:
    """Return the event that tells how work on several things ended: all done, some failed, or all failed.

    Args:
        done_count: How many were done.
        failed_count: How many failed.
        done: The words for those that were done.
        failed: The words for those that failed, with why.
    """
    if not failed_count:
        return success(done)
    if not done_count:
        return failure(failed)
    return cast("EventSpec", rx.toast.warning(f"{done.removesuffix('.')}. {failed}", position=_PLACE))


def _descendants(kind: type[RagAppError]) -> list[type[RagAppError]]:
    return [child for direct in kind.__subclasses__() for child in (direct, *_descendants(direct))]
