"""What waits for an administrator: documents that failed, topics that are missing, limits that are near."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.limit_words import limit_name
from ragapp.ui.components.long_name import long_name
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import number, relative_time
from ragapp.ui.i18n import t
from ragapp.ui.states.overview import OverviewState
from ragapp.ui.states.overview_work import OverviewWorkState

_overview: Any = OverviewState
_work: Any = OverviewWorkState


def near_limits() -> rx.Component:
    """A line for each limit of which most is used up."""

    def line(row: Any) -> rx.Component:
        text = t(
            "{name}: {used} % of the limit is used. Ask your operator for more room, or tidy up.",
            name=limit_name(row.name),
            used=number(row.percent),
        )
        return kit.notice(rx.el.span(text), tone="warn", icon_name="gauge", key=row.name)

    return rx.cond(_overview.near.length() > 0, rx.el.div(rx.foreach(_overview.near, line), class_name="stack"))


def worse_answers() -> rx.Component:
    """A line for each knowledge base whose answers got worse, by its test questions."""

    def line(row: Any) -> rx.Component:
        text = t("Answers from “{name}” got worse, by your test questions.", name=row.base)
        look = kit.link(t("See what changed"), href="/admin/quality?view=runs&run=" + row.id)
        return kit.notice(rx.el.span(text, " ", look), tone="bad", icon_name="trending-down", key=row.id)

    return rx.cond(_work.worse.length() > 0, rx.el.div(rx.foreach(_work.worse, line), class_name="stack"))


def failed_panel() -> rx.Component:
    """Documents nobody can ask about until somebody acts."""
    none = kit.empty_state("circle-check", t("No document has failed"))
    rows = rx.el.ul(rx.foreach(_work.failed, _failed), class_name="work-list card")
    everything = rx.cond(
        _work.failed.length() > 1,
        kit.button(t("Try all again"), size="sm", icon_name="rotate-cw", on_click=_work.retry_all),
    )
    return kit.panel(
        t("Documents that failed"),
        rx.cond(_work.failed.length() > 0, rows, kit.card(none)),
        actions=(everything,),
    )


def missing_panel() -> rx.Component:
    """Questions that members reported as not answered by the documents."""
    none = kit.empty_state(
        "circle-check",
        t("Nothing is reported missing"),
        t("When an answer is not in your documents, people can report it, and you see it here."),
    )
    rows = rx.el.ul(rx.foreach(_work.missing, _missing), class_name="work-list card")
    return kit.panel(t("Reported as missing"), rx.cond(_work.missing.length() > 0, rows, kit.card(none)))


def _failed(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            kit.link(long_name(row.title), href="/documents/" + row.id, class_name="work-title"),
            rx.el.span(error_text(row.error_code), class_name="muted"),
            class_name="grow work-text",
        ),
        kit.button(t("Try again"), size="sm", icon_name="rotate-cw", on_click=_work.retry(row.id)),
        key=row.id,
    )


def _missing(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.question, class_name="work-title break"),
            rx.el.span(row.reported_by, " · ", relative_time(row.created_at), class_name="muted"),
            class_name="grow work-text",
        ),
        kit.button(t("Resolved"), size="sm", icon_name="check", on_click=_work.resolve(row.id)),
        key=row.id,
    )
