"""The organisation's limits: what is granted, what is in use, and its own lower limits."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.limit_words import limit_name, plan_name
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t
from ragapp.ui.states.features import FeaturesState
from ragapp.ui.states.tenant_settings import TenantSettingsState

_set: Any = TenantSettingsState
_features: Any = FeaturesState


def limits_panel() -> rx.Component:
    """Every limit in one form."""
    headings = [t("Limit"), _right(t("In use")), _right(t("Your plan grants")), t("Your own limit")]
    table = kit.data_table(headings, rx.foreach(_set.limits, _row), label=t("Limits"))
    form = rx.el.form(
        rx.el.div(table, class_name="limits-list"),
        rx.el.div(kit.button(t("Save limits"), type="submit", variant="primary"), class_name="row"),
        on_submit=_set.save_limits,
        class_name="stack",
    )
    return kit.panel(
        t("Limits"),
        form,
        text=t(
            "Your plan is {plan}. You can set lower limits of your own; an empty field means the plan's limit. When"
            " a limit is reached, members are told so and nothing is lost.",
            plan=plan_name(_set.plan),
        ),
    )


def _row(row: Any) -> rx.Component:
    used = _features.used[row.name].to(int)
    field = rx.el.input(
        type="number",
        name=row.name,
        default_value=row.cap,
        min="0",
        max=rx.cond(row.granted >= 0, row.granted.to_string(), "999999999"),
        placeholder=t("as granted"),
        aria_label=limit_name(row.name),
        class_name="input input-number",
        key=row.name + row.cap,
    )
    return rx.el.tr(
        rx.el.th(limit_name(row.name), scope="row"),
        rx.el.td(rx.cond(used >= 0, number(used, max_decimals=1), "–"), class_name="num"),
        rx.el.td(rx.cond(row.granted >= 0, number(row.granted), t("No limit")), class_name="num"),
        rx.el.td(field),
        key=row.name,
    )


def _right(text: rx.Var[str]) -> rx.Component:
    return rx.el.span(text, class_name="num-head")
