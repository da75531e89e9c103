"""How far a document has come, in words, with its percent while it is being worked on."""

from typing import cast

import reflex as rx

from ragapp.core.lifecycle import DocumentStatus
from ragapp.ui import kit
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t
from ragapp.ui.states.tray_items import CANCELLED, DUPLICATE, UPLOADING, WAITING


def status_text(status: rx.Var[str]) -> rx.Var[str]:
    """Return the words for a document's status or a file's upload phase."""
    chosen = rx.match(
        status,
        (WAITING, t("Waiting to upload")),
        (UPLOADING, t("Uploading")),
        (DUPLICATE, t("Already there")),
        (CANCELLED, t("Cancelled")),
        (DocumentStatus.QUEUED.value, t("In the queue")),
        (DocumentStatus.PARSING.value, t("Reading the text")),
        (DocumentStatus.CHUNKING.value, t("Splitting into passages")),
        (DocumentStatus.EMBEDDING.value, t("Computing vectors")),
        (DocumentStatus.INDEXING.value, t("Making it searchable")),
        (DocumentStatus.READY.value, t("Ready")),
        (DocumentStatus.FAILED.value, t("Failed")),
        (DocumentStatus.DELETING.value, t("Being deleted")),
        "",
    )
    return cast("rx.Var[str]", chosen)


def status_badge(status: rx.Var[str], percent: rx.Var[int], is_finished: rx.Var[bool]) -> rx.Component:
    """Show the status of one document; a percent stands beside it while work is going on."""
    working = rx.el.span(
        kit.spinner(),
        status_text(status),
        rx.cond(percent > 0, rx.el.span(number(percent), "\u00a0%", class_name="muted numbers")),
        class_name="row",
    )
    tone = rx.match(status, ("ready", "ok"), ("failed", "bad"), "neutral")
    return rx.cond(is_finished, kit.badge(status_text(status), tone=tone), working)
