"""Answers that readers rated bad, as far as their chats may be read."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.quality_words import reason_name
from ragapp.ui.formatting import number, relative_time
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.quality import QualityState
from ragapp.ui.states.quality_actions import QualityActionsState

_page: Any = QualityState
_actions: Any = QualityActionsState


def quality_ratings() -> rx.Component:
    """One card for each, and how many are in private chats."""
    none = kit.empty_state(
        "thumbs-up",
        t("No bad answers to see here"),
        t("When people rate an answer bad in a chat that you may open, you see it here with the reason."),
    )
    cards = rx.el.div(rx.foreach(_page.ratings, _card), class_name="stack", custom_attrs={"data-list": "bad-answers"})
    return rx.el.div(
        rx.cond(_page.hidden_count > 0, _hidden()),
        kit.listing(
            cards,
            is_loading=_page.is_loading,
            error_code=_page.error_code,
            is_empty=_page.ratings.length() == 0,
            empty=none,
            on_retry=_page.load,
            has_more=_page.next_cursor != "",
            on_more=_page.load_more,
        ),
        class_name="stack",
    )


def _hidden() -> rx.Component:
    text = tn(
        "{n} more is in a private chat and is only counted.",
        "{n} more are in private chats and are only counted.",
        _page.hidden_count,
    )
    return kit.notice(rx.el.span(text), icon_name="lock")


def _card(row: Any) -> rx.Component:
    head = rx.el.div(
        kit.badge(reason_name(row.reason), tone="warn", icon_name="thumbs-down"),
        rx.el.span(row.rated_by, " · ", relative_time(row.created_at), class_name="muted"),
        rx.el.span(class_name="grow"),
        rx.cond(
            row.is_taken_over,
            rx.el.span(kit.icon("check"), t("Taken over"), class_name="row muted"),
            kit.button(t("Take over as a question"), size="sm", icon_name="plus", on_click=_actions.take_over(row.id)),
        ),
        class_name="row wrap",
    )
    return kit.card(
        head,
        rx.el.h3(row.question, class_name="quality-question break"),
        rx.cond(row.is_refused, rx.el.p(t("Not in your documents"), class_name="muted")),
        rx.el.p(row.answer, class_name="quality-said break"),
        rx.cond(
            row.comment != "",
            rx.el.p(kit.icon("message-square"), rx.el.span(row.comment), class_name="row break"),
        ),
        passages(row.passages),
        class_name="quality-card",
        key=row.id,
    )


def passages(rows: Any) -> rx.Component:
    """Show passages with the document and page that each stands on; a press opens it there."""

    def passage(row: Any) -> rx.Component:
        page = rx.cond(row.page > 0, t("page {n}", n=number(row.page)), "")
        return rx.el.li(
            kit.link(row.title, " ", rx.el.span(page, class_name="muted"), href=row.href),
            rx.el.p(row.text, class_name="muted quality-passage"),
        )

    return rx.cond(rows.length() > 0, rx.el.ol(rx.foreach(rows, passage), class_name="quality-passages"))
