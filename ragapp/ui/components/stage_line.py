"""What the answer is busy with, in words, with counts and seconds."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.stream import StreamState


def stage_line() -> rx.Component:
    """One line of fixed height, so that nothing jumps when the text begins. The browser counts the seconds."""
    return rx.el.div(
        kit.spinner(),
        rx.el.span(_words()),
        rx.el.span(
            class_name="muted numbers",
            custom_attrs={"data-seconds-since": StreamState.elapsed_s, "data-run": StreamState.run_id},
        ),
        class_name="stage-line",
        role="status",
    )


def _words() -> rx.Component:
    counted = StreamState.count > 0
    return rx.cond(
        StreamState.stopping,
        t("Stopping"),
        rx.match(
            StreamState.stage,
            (
                "searching",
                rx.cond(
                    counted,
                    tn("Searching {n} passage", "Searching {n} passages", StreamState.count),
                    t("Searching your documents"),
                ),
            ),
            (
                "reading",
                rx.cond(
                    counted,
                    tn("Reading {n} passage", "Reading {n} passages", StreamState.count),
                    t("Reading the passages"),
                ),
            ),
            ("answering", t("Writing")),
            t("Starting"),
        ),
    )
