"""Runs over test questions: the list, and one run with its failures and what changed."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.quality_ratings import passages
from ragapp.ui.components.quality_words import (
    expectation,
    measure_name,
    question_count,
    setting_name,
    verdict_badge,
    verdict_words,
)
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import date_time, number
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.quality import QualityState
from ragapp.ui.states.quality_actions import QualityActionsState

_page: Any = QualityState
_actions: Any = QualityActionsState
_run: Any = QualityState.run


def quality_runs() -> rx.Component:
    """The list, or the run that is open."""
    empty = kit.empty_state(
        "target", t("No runs yet"), t("A run asks every test question of a knowledge base and keeps what came.")
    )
    rows = kit.listing(
        _table(),
        is_loading=_page.is_loading,
        error_code=_page.error_code,
        is_empty=_page.runs.length() == 0,
        empty=empty,
        on_retry=_page.load,
        has_more=_page.next_cursor != "",
        on_more=_page.load_more,
    )
    return rx.cond(_run.id != "", _one_run(), rows)


def _table() -> rx.Component:
    headings = [
        t("Begun"),
        t("Knowledge base"),
        rx.el.span(t("Right answers"), class_name="num-head"),
        rx.el.span(t("First / in five"), class_name="num-head"),
        t("Against the run before"),
    ]
    return kit.data_table(
        headings,
        rx.foreach(_page.runs, _row),
        label=t("Runs"),
        stacks="phone",
        custom_attrs={"data-list": "runs"},
    )


def _row(row: Any) -> rx.Component:
    when = rx.el.span(
        kit.link(date_time(row.created_at), href="/admin/quality?view=runs&run=" + row.id),
        rx.el.span(row.started_by, " · ", question_count(row.questions), class_name="muted truncate"),
        class_name="person-names",
    )
    five = rx.fragment(_share(row.hit_1), " / ", _share(row.hit_5))
    return rx.el.tr(
        rx.el.td(when, class_name="main-cell"),
        kit.labelled_cell(t("Knowledge base"), row.base),
        kit.labelled_cell(
            t("Right answers"), rx.cond(row.status == "completed", _share(row.right), _state(row)), class_name="num"
        ),
        kit.labelled_cell(
            t("First / in five"), rx.cond(row.status == "completed", five, "–"), class_name="num nowrap"
        ),
        kit.labelled_cell(t("Against the run before"), verdict_badge(row)),
        key=row.id,
    )


def _state(row: Any) -> rx.Component:
    """Say how far a run is, or that it ended without a result."""
    going = rx.el.span(
        kit.progress_bar(row.progress, t("How far the run is")), number(row.progress), " %", class_name="quality-going"
    )
    return rx.match(
        row.status,
        ("failed", kit.badge(t("Failed"), tone="bad")),
        ("cancelled", kit.badge(t("Cancelled"))),
        going,
    )


def _share(value: Any) -> rx.Component:
    return rx.fragment(number(value), " %")


def _one_run() -> rx.Component:
    head = rx.el.div(
        kit.button(t("All runs"), size="sm", icon_name="arrow-left", on_click=_page.open_run("")),
        rx.el.span(_run.base, " · ", date_time(_run.created_at), class_name="grow muted"),
        kit.button(t("Delete"), size="sm", icon_name="trash-2", on_click=_actions.ask_delete_run(_run.id)),
        class_name="row wrap",
    )
    ended = rx.cond(
        _run.status == "completed",
        rx.fragment(_tiles(), _comparison()),
        rx.el.div(_state(_run), _why(), class_name="stack"),
    )
    return rx.el.div(head, ended, _failures(), _settings(), class_name="panels", custom_attrs={"data-list": "one-run"})


def _why() -> rx.Component:
    return rx.cond(_run.error_code != "", rx.el.p(error_text(_run.error_code)))


def _tiles() -> rx.Component:
    absent = _run.questions - _run.answerable
    return kit.tile_row(
        kit.stat_tile(t("Right answers"), _share(_run.right), hint=question_count(_run.questions), icon_name="check"),
        kit.stat_tile(
            t("Right passage first"),
            _share(_run.hit_1),
            hint=t("In the first five: {share} %", share=number(_run.hit_5)),
            icon_name="search",
        ),
        kit.stat_tile(
            t("Answer shown"),
            _share(_run.shown),
            hint=t("MRR {rank}", rank=number(_run.rank, max_decimals=2)),
            icon_name="message-square-quote",
        ),
        kit.stat_tile(
            t("Refused wrongly"),
            _share(_run.refused_wrongly),
            hint=rx.cond(
                absent > 0,
                t("Refused rightly: {share} %", share=number(_run.refused_rightly)),
                t("No question without an answer"),
            ),
            icon_name="ban",
        ),
        label=t("What the run measured"),
    )


def _comparison() -> rx.Component:
    chooser = rx.el.select(
        rx.el.option(t("With the run before"), value=""),
        rx.foreach(_page.baselines, lambda row: rx.el.option(date_time(row.created_at), value=row.id)),
        name="baseline",
        value=_page.baseline_id,
        on_change=_page.compare_with,
        aria_label=t("Compare with"),
        class_name="input quality-baseline",
    )
    none = rx.el.p(t("There is no earlier run to compare with."), class_name="muted")
    compared = rx.el.div(
        kit.data_table(
            [
                t("Measure"),
                rx.el.span(t("Before"), class_name="num-head"),
                rx.el.span(t("Now"), class_name="num-head"),
                t("What that means"),
            ],
            rx.foreach(_page.measures, _measure),
            label=t("What changed"),
            stacks="phone",
        ),
        rx.cond(
            _page.changed.length() > 0,
            rx.el.ul(rx.foreach(_page.changed, _changed), class_name="quality-changed"),
        ),
        class_name="stack",
    )
    return kit.panel(
        t("What changed"),
        rx.cond(_page.measures.length() > 0, compared, none),
        text=t("Over the questions that both runs asked alike. A difference counts where chance hardly explains it."),
        actions=(rx.cond(_page.baselines.length() > 0, chooser),),
    )


def _measure(row: Any) -> rx.Component:
    is_rank = row.name == "mrr@10"

    def value(of: Any) -> rx.Component:
        return rx.cond(is_rank, number(of, max_decimals=2), _share(of))

    tone = rx.match(row.verdict, ("better", "ok"), ("worse", "bad"), "neutral")
    meaning = rx.el.span(
        kit.badge(verdict_words(row.verdict, row.better, row.worse), tone=tone),
        rx.cond(
            row.better + row.worse > 0,
            rx.el.span(t("p = {p}", p=number(row.p_value, max_decimals=3)), class_name="muted numbers"),
        ),
        class_name="row wrap",
    )
    return rx.el.tr(
        rx.el.td(measure_name(row.name), class_name="main-cell"),
        kit.labelled_cell(t("Before"), value(row.before), class_name="num"),
        kit.labelled_cell(t("Now"), value(row.after), class_name="num"),
        kit.labelled_cell(t("What that means"), meaning),
        key=row.name,
    )


def _changed(row: Any) -> rx.Component:
    better = kit.badge(t("Better"), tone="ok", icon_name="arrow-up")
    worse = kit.badge(t("Worse"), tone="bad", icon_name="arrow-down")
    return rx.el.li(
        rx.cond(row.is_better, better, worse), rx.el.span(row.text, class_name="break"), key=row.id, class_name="row"
    )


def _failures() -> rx.Component:
    none = rx.cond(
        _run.status == "completed",
        kit.card(kit.empty_state("circle-check", t("Every question was answered right"))),
        rx.el.p(t("None so far."), class_name="muted"),
    )
    cards = rx.el.div(rx.foreach(_page.failures, _failure), class_name="stack")
    return kit.panel(
        t("Not answered right"),
        rx.cond(_page.failures.length() > 0, cards, none),
        text=rx.cond(
            _page.failures.length() > 0, tn("{n} question", "{n} questions", _page.failures.length()), ""
        ),
    )


def _failure(row: Any) -> rx.Component:
    found = rx.cond(
        row.rank > 0,
        t("The right passage was found at rank {n}.", n=number(row.rank)),
        t("The right passage was not among the first ten."),
    )
    return kit.card(
        rx.el.h3(row.text, class_name="quality-question break"),
        rx.el.p(rx.el.span(t("Expected:"), class_name="muted"), expectation(row), class_name="row wrap"),
        rx.cond(row.expects == "answer", rx.el.p(found, class_name="muted")),
        rx.el.p(t("Shown instead:"), class_name="muted"),
        rx.el.p(row.answer, class_name="quality-said break"),
        rx.el.p(t("Found instead:"), class_name="muted"),
        passages(row.found),
        class_name="quality-card",
        key=row.id,
    )


def _settings() -> rx.Component:
    def setting(row: Any) -> rx.Component:
        differs = rx.cond(row.before != "", rx.el.span(t("before: {value}", value=row.before), class_name="muted"))
        return rx.el.div(
            rx.el.dt(setting_name(row.name), class_name="muted"),
            rx.el.dd(row.after, " ", differs, class_name="break"),
            class_name=rx.cond(row.before != "", "quality-setting quality-differs", "quality-setting"),
        )

    rows = rx.el.dl(rx.foreach(_page.settings, setting), class_name="quality-settings card")
    return rx.cond(_page.settings.length() > 0, kit.panel(t("What it ran under"), rows))
