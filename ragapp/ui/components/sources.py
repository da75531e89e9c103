"""The passages under an answer: chips for citations, cards for the nearest passages of a refusal."""

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.states.evidence import EvidenceState
from ragapp.ui.states.rows import SourceRow


def source_chips(message_id: rx.Var[str], sources: rx.Var[list[SourceRow]]) -> rx.Component:
    """One chip per citation: number, document, page."""
    return rx.el.div(
        rx.foreach(sources, lambda source: _chip(message_id, source, sources)),
        class_name="source-chips",
        custom_attrs={"data-answer": message_id},
    )


def nearest_passages(message_id: rx.Var[str], sources: rx.Var[list[SourceRow]]) -> rx.Component:
    """The passages that came closest, to be read as they stand."""
    return rx.el.div(
        rx.foreach(sources, lambda source: _passage(message_id, source, sources)),
        class_name="nearest",
        custom_attrs={"data-answer": message_id},
    )


def numbers_of(sources: rx.Var[list[SourceRow]]) -> rx.Var[list[int]]:
    """Return the citation numbers one can step through."""
    return rx.Var(
        f"(({sources!s} ?? []).map((source) => source.n))", _var_type=list[int], _var_data=sources._get_all_var_data()
    )


def _chip(message_id: rx.Var[str], source: rx.Var[SourceRow], sources: rx.Var[list[SourceRow]]) -> rx.Component:
    return rx.el.button(
        rx.el.span(source.n, class_name="source-n numbers"),
        rx.el.span(source.title, class_name="truncate"),
        rx.cond(source.page > 0, rx.el.span(t("p. {page}", page=source.page), class_name="muted numbers")),
        type="button",
        class_name="source-chip",
        custom_attrs={"data-n": source.n, "data-tip": source.title},
        on_click=EvidenceState.show(message_id, source.n, numbers_of(sources)),
        key=source.n.to_string(),
    )


def _passage(message_id: rx.Var[str], source: rx.Var[SourceRow], sources: rx.Var[list[SourceRow]]) -> rx.Component:
    return rx.el.button(
        rx.el.span(
            kit.icon("file-text"),
            rx.el.span(source.title, class_name="truncate"),
            rx.cond(source.page > 0, rx.el.span(t("p. {page}", page=source.page), class_name="numbers")),
            class_name="nearest-head",
        ),
        rx.el.span(source.quote, class_name="nearest-quote"),
        type="button",
        class_name="nearest-card",
        custom_attrs={"data-n": source.n},
        on_click=EvidenceState.show(message_id, source.n, numbers_of(sources)),
        key=source.n.to_string(),
    )
