"""/admin/quality: whether answers are good, by questions whose right answer is known."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell
from ragapp.ui.components.quality_dialogs import quality_dialogs
from ragapp.ui.components.quality_questions import quality_questions
from ragapp.ui.components.quality_ratings import quality_ratings
from ragapp.ui.components.quality_runs import quality_runs
from ragapp.ui.components.quality_words import reason_name, reason_words, verdict_words
from ragapp.ui.i18n import t
from ragapp.ui.states.quality import RATINGS, RUNS, QualityState
from ragapp.ui.states.quality_actions import QualityActionsState

_page: Any = QualityState
_actions: Any = QualityActionsState


def admin_quality_page() -> rx.Component:
    """Ask, compare, and see what readers found bad."""
    return admin_shell(
        rx.foreach(_page.warned, _warning),
        kit.tabs(
            ("questions", t("Test questions"), rx.el.div(_filters(), quality_questions(), class_name="stack")),
            (RUNS, t("Runs"), rx.el.div(rx.cond(_page.run_id == "", _filters()), quality_runs(), class_name="stack")),
            (RATINGS, t("Bad answers"), rx.el.div(_filters(with_reason=True), quality_ratings(), class_name="stack")),
            label=t("Quality"),
            value=rx.cond(_page.view == "", "questions", _page.view),
            on_value_change=_page.show_view,
        ),
        title=t("Quality"),
        actions=(
            kit.button(t("Start a run"), icon_name="play", on_click=_page.start_run),
            kit.button(t("New question"), variant="primary", icon_name="plus", on_click=_actions.ask_new),
            kit.menu(
                kit.icon("ellipsis"),
                kit.menu_item(t("Import from CSV"), icon_name="upload", on_select=_actions.ask_import),
                kit.menu_item(t("Export as CSV"), icon_name="download", on_select=_page.export),
                label=t("More"),
                trigger_class=kit.button_class("secondary", "md", is_icon=True),
            ),
        ),
        overlays=(quality_dialogs(),),
    )


def _warning(row: Any) -> rx.Component:
    what = verdict_words(row.verdict, row.better, row.worse)
    text = t("Answers from “{name}” got worse ({what}).", name=row.base, what=what)
    look = kit.link(t("See what changed"), href="/admin/quality?view=runs&run=" + row.id)
    return kit.notice(rx.el.span(text, " ", look), tone="bad", icon_name="trending-down", key=row.id)


def _filters(*, with_reason: bool = False) -> rx.Component:
    bases = rx.el.select(
        rx.el.option(t("All knowledge bases"), value=""),
        rx.foreach(_page.bases, lambda base: rx.el.option(base.name, value=base.id)),
        name="base",
        value=_page.base,
        on_change=_page.filter_base,
        aria_label=t("Knowledge base"),
        class_name="input",
    )
    reasons = kit.select(
        [("", t("All reasons")), *reason_words()],
        name="reason-filter",
        label=t("Reason"),
        value=_page.reason,
        on_change=_page.filter_reason,
    )
    chips = [kit.Chip(t("Knowledge base"), _page.base_name, _page.base != "", _page.filter_base(""))]
    if with_reason:
        chips.append(kit.Chip(t("Reason"), reason_name(_page.reason), _page.reason != "", _page.filter_reason("")))
    return rx.fragment(
        kit.filter_bar(bases, *([reasons] if with_reason else [])),
        kit.filter_chips(*chips, is_filtered=_page.is_filtered, on_clear=_page.show_all),
    )
