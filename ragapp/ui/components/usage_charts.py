"""The charts of the administration; each answers one question."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t


def questions_chart(points: Any) -> rx.Component:
    """How much is asked."""
    return kit.line_chart(t("Questions per day"), points, kit.Series("questions", t("Questions"), 1))


def support_chart(points: Any) -> rx.Component:
    """How well the documents answer."""
    return kit.bar_chart(
        t("How many questions your documents cover"),
        points,
        kit.Series("answered", t("Answered"), 1),
        kit.Series("partly", t("Partly"), 2),
        kit.Series("not_found", t("Not in your documents"), 3),
    )


def feedback_chart(points: Any) -> rx.Component:
    """What people think of the answers."""
    return kit.bar_chart(
        t("What people say about answers"),
        points,
        kit.Series("up", t("Helpful"), 1),
        kit.Series("down", t("Not helpful"), 3),
    )


def storage_chart(points: Any) -> rx.Component:
    """How much is held."""
    return kit.line_chart(t("Storage"), points, kit.Series("bytes", t("Storage"), 4), as_bytes=True)
