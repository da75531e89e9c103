"""/admin: how the organisation is doing, and what waits for somebody."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell
from ragapp.ui.components.overview_work import failed_panel, missing_panel, near_limits, worse_answers
from ragapp.ui.components.usage_charts import feedback_chart, questions_chart, storage_chart, support_chart
from ragapp.ui.formatting import number, size
from ragapp.ui.i18n import t
from ragapp.ui.states.overview import OverviewState

_overview: Any = OverviewState


def admin_overview_page() -> rx.Component:
    """Numbers, charts, then what to act on."""
    told = (near_limits(), worse_answers())
    content = rx.el.div(*told, _tiles(), _charts(), failed_panel(), missing_panel(), class_name="panels")
    return admin_shell(
        kit.listing(
            content,
            is_loading=_overview.is_loading,
            error_code=_overview.error_code,
            is_empty=False,
            empty=rx.fragment(),
            on_retry=_overview.load,
        ),
        title=t("Overview"),
    )


def _tiles() -> rx.Component:
    used, most = _overview.used, _overview.most
    return kit.tile_row(
        _tile(
            t("Members"), "users", number(used.people), most.people, number(most.people), used.people, "/admin/people"
        ),
        _tile(
            t("Documents"),
            "files",
            number(used.documents),
            most.documents,
            number(most.documents),
            used.documents,
            "/documents",
        ),
        _tile(t("Storage"), "hard-drive", size(used.bytes), most.bytes, size(most.bytes), used.bytes, "/documents"),
        kit.stat_tile(
            t("Questions this month"),
            number(used.questions),
            hint=rx.cond(
                most.questions_per_hour > 0,
                t("At most {limit} an hour", limit=number(most.questions_per_hour)),
                t("No limit"),
            ),
            icon_name="message-circle-question",
            href="/admin/usage",
        ),
        label=t("Overview"),
    )


def _tile(label: Any, icon_name: str, value: Any, limit: Any, limit_text: Any, used: Any, href: str) -> rx.Component:
    percent = rx.Var(f"Math.min(100, Math.round(100 * {used!s} / Math.max(1, {limit!s})))", _var_type=int)
    data = used._get_all_var_data()
    bar = kit.progress_bar(
        rx.Var(str(percent), _var_type=int, _var_data=data).to(int), t("{name}: share of the limit in use", name=label)
    )
    return kit.stat_tile(
        label,
        value,
        hint=rx.cond(limit >= 0, t("of {limit}", limit=limit_text), t("No limit")),
        icon_name=icon_name,
        href=href,
        meter=rx.cond(limit >= 0, bar),
    )


def _charts() -> rx.Component:
    points = _overview.points
    return kit.panel(
        t("Last 30 days"),
        kit.chart_grid(questions_chart(points), support_chart(points), feedback_chart(points), storage_chart(points)),
    )
