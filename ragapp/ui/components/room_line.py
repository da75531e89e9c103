"""One line under the composer when the organisation's questions of this hour run out."""

import reflex as rx

from ragapp.ui.i18n import t
from ragapp.ui.states.room import RoomState


def room_line() -> rx.Component:
    """How many questions are used near the limit, and when it goes on at the limit; nothing otherwise."""
    used = t("{used} of {limit} questions this hour", used=RoomState.used, limit=RoomState.limit)
    again = t("Your organisation can ask again in {minutes} min.", minutes=RoomState.wait_minutes)
    return rx.cond(
        RoomState.limit > 0,
        rx.el.p(
            used,
            rx.cond(RoomState.wait_minutes > 0, rx.fragment(". ", again)),
            class_name="muted numbers room-line",
            role="status",
        ),
    )
