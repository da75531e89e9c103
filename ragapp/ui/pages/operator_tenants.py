"""/platform: every organisation, for those who run the platform."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.limit_words import plan_name
from ragapp.ui.components.operator_dialogs import operator_dialogs
from ragapp.ui.components.operator_shell import operator_shell, tenant_status
from ragapp.ui.formatting import date, date_time, number, size
from ragapp.ui.i18n import t
from ragapp.ui.states.operator_actions import CHANGE, CREATE, ERASE, RESUME, SUSPEND, OperatorActionsState
from ragapp.ui.states.operator_tenants import OperatorTenantsState

_list: Any = OperatorTenantsState
_act: Any = OperatorActionsState


def operator_tenants_page() -> rx.Component:
    """Numbers, then the organisations with what can be done to them, then what was erased."""
    new = kit.button(t("New organisation"), icon_name="plus", variant="primary", on_click=_act.ask(CREATE, ""))
    content = rx.el.div(_tiles(), _tenants(), _erasures(), class_name="panels")
    return operator_shell(
        kit.listing(
            content,
            is_loading=_list.is_loading,
            error_code=_list.error_code,
            is_empty=False,
            empty=rx.fragment(),
            on_retry=_list.load,
        ),
        title=t("Organisations"),
        actions=(new,),
        overlays=(operator_dialogs(),),
    )


def _tiles() -> rx.Component:
    return kit.tile_row(
        kit.stat_tile(
            t("Organisations"),
            number(_list.tenant_total),
            hint=t("{count} suspended", count=number(_list.suspended_total)),
            icon_name="building-2",
        ),
        kit.stat_tile(t("Members"), number(_list.user_total), icon_name="users"),
        kit.stat_tile(t("Documents"), number(_list.document_total), icon_name="files"),
        kit.stat_tile(t("Storage"), size(_list.storage_total), icon_name="hard-drive"),
        label=t("The installation in numbers"),
    )


def _tenants() -> rx.Component:
    headings = [
        t("Name"), t("Status"), t("Plan"), _right(t("Members")), _right(t("Documents")), _right(t("Storage")),
        t("Since"), rx.el.span(t("Actions"), class_name="sr-only"),
    ]  # fmt: skip
    table = kit.data_table(headings, rx.foreach(_list.rows, _row), label=t("Organisations"), stacks="laptop")
    none = kit.card(kit.empty_state("building-2", t("No organisation has this name")))
    more = rx.cond(_list.next_cursor, kit.button(t("Show more"), on_click=_list.load_more))
    return rx.el.section(
        _search(),
        rx.cond(_list.rows.length() > 0, table, none),
        more,
        class_name="stack",
        aria_label=t("Organisations"),
    )


def _search() -> rx.Component:
    box = kit.search_field(
        t("Search organisations…"),
        default_value=_list.query,
        key=_list.search_box,
        on_change=_list.search.debounce(250),
        max_length=200,
    )
    chips = kit.filter_chips(
        kit.Chip(t("Search"), _list.query, _list.query != "", _list.show_all),
        is_filtered=_list.is_filtered,
        on_clear=_list.show_all,
    )
    return rx.fragment(kit.filter_bar(box), chips)


def _row(row: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.div(row.name), rx.el.div(row.slug, class_name="muted mono"), class_name="main-cell cell-lines"),
        rx.el.td(
            tenant_status(row.status),
            rx.cond(row.reason, rx.el.div(row.reason, class_name="muted")),
            class_name="cell-lines",
        ),
        rx.el.td(plan_name(row.plan)),
        kit.labelled_cell(t("Members"), number(row.member_count), class_name="num"),
        kit.labelled_cell(t("Documents"), number(row.document_count), class_name="num"),
        kit.labelled_cell(t("Storage"), size(row.storage_bytes), class_name="num"),
        kit.labelled_cell(t("Since"), date(row.created_at), class_name="cell-date"),
        rx.el.td(_menu(row), class_name="act-cell"),
        key=row.id,
    )


def _menu(row: Any) -> rx.Component:
    pause = rx.cond(
        row.status == "active",
        kit.menu_item(t("Suspend…"), icon_name="circle-pause", on_select=_act.ask(SUSPEND, row.id)),
        kit.menu_item(t("Resume…"), icon_name="circle-play", on_select=_act.ask(RESUME, row.id)),
    )
    menu = kit.menu(
        kit.icon("ellipsis"),
        kit.menu_item(t("Plan and limits…"), icon_name="sliders-horizontal", on_select=_act.ask(CHANGE, row.id)),
        pause,
        kit.menu_line(),
        kit.menu_item(t("Erase…"), icon_name="trash-2", on_select=_act.ask(ERASE, row.id)),
        label=t("What to do with {name}", name=row.name),
    )
    return rx.cond(row.status == "erasing", rx.fragment(), menu)


def _erasures() -> rx.Component:
    headings = [t("Short name"), t("Erased"), _right(t("Rows")), _right(t("Files")), _right(t("Accounts"))]

    def row(each: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(each.slug, class_name="main-cell mono"),
            rx.el.td(date_time(each.erased_at)),
            kit.labelled_cell(t("Rows"), number(each.row_count), class_name="num"),
            kit.labelled_cell(t("Files"), number(each.file_count), class_name="num"),
            kit.labelled_cell(t("Accounts"), number(each.account_count), class_name="num"),
            key=each.slug + each.erased_at,
        )

    panel = kit.panel(
        t("Erased organisations"),
        kit.data_table(headings, rx.foreach(_list.erasures, row), label=t("Erased organisations"), stacks="phone"),
        text=t("Only these numbers are left of them, kept in the platform's audit log."),
    )
    return rx.cond(_list.erasures.length() > 0, panel)


def _right(text: Any) -> rx.Component:
    return rx.el.span(text, class_name="num-head")
