"""/admin/knowledge-bases: what is searched together, and who may read it."""

from typing import Any

import reflex as rx

from ragapp.core.sharing import BaseAccess
from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell
from ragapp.ui.components.knowledge_base_dialogs import knowledge_base_dialogs
from ragapp.ui.components.role_words import role_name
from ragapp.ui.formatting import number
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.knowledge_bases import KnowledgeBasesState

_bases: Any = KnowledgeBasesState


def admin_knowledge_bases_page() -> rx.Component:
    """Create, name, open and close, delete."""
    return admin_shell(
        rx.el.p(
            t(
                "People without access to a knowledge base never see it: not in search, answers, lists or shared"
                " chats. Owners and administrators can read all of them."
            ),
            class_name="muted",
        ),
        kit.listing(
            _table(),
            is_loading=_bases.is_loading,
            error_code=_bases.error_code,
            is_empty=_bases.rows.length() == 0,
            empty=kit.empty_state("library", t("No knowledge bases yet")),
            on_retry=_bases.load,
        ),
        title=t("Knowledge bases"),
        actions=(_new(),),
        overlays=(knowledge_base_dialogs(),),
    )


def _new() -> rx.Component:
    return kit.button(t("New knowledge base"), variant="primary", icon_name="plus", on_click=_bases.ask_new)


def _table() -> rx.Component:
    headings = [
        t("Name"),
        t("Who may read"),
        rx.el.span(t("Documents"), class_name="num-head"),
        rx.el.span(t("Passages"), class_name="num-head"),
        rx.el.span(t("Actions"), class_name="sr-only"),
    ]
    return kit.data_table(
        headings,
        rx.foreach(_bases.rows, _row),
        label=t("Knowledge bases"),
        stacks="phone",
        custom_attrs={"data-list": "knowledge-bases"},
    )


def _row(row: Any) -> rx.Component:
    name = rx.el.span(
        rx.el.span(
            rx.el.span(row.name, class_name="truncate"), rx.cond(row.is_default, kit.badge(t("Default"))),
            class_name="row",
        ),
        rx.cond(row.description != "", rx.el.span(row.description, class_name="truncate muted")),
        class_name="person-names",
    )  # fmt: skip
    return rx.el.tr(
        rx.el.td(name, class_name="main-cell"),
        rx.el.td(_access(row), class_name="nowrap"),
        kit.labelled_cell(t("Documents"), number(row.documents), class_name="num"),
        kit.labelled_cell(t("Passages"), number(row.passages), class_name="num"),
        rx.el.td(_menu(row), class_name="act-cell"),
        key=row.id,
    )


def _access(row: Any) -> rx.Component:
    by_role = kit.badge(t("{role} and above", role=role_name(row.access_role)), tone="accent", icon_name="lock")
    by_name = kit.badge(
        tn("{n} chosen member", "{n} chosen members", row.members), tone="accent", icon_name="lock"
    )
    return rx.match(
        row.access,
        (BaseAccess.ROLE.value, by_role),
        (BaseAccess.MEMBERS.value, by_name),
        kit.badge(t("Everyone"), icon_name="users"),
    )


def _menu(row: Any) -> rx.Component:
    deleting = kit.menu_item(t("Delete"), icon_name="trash-2", danger=True, on_select=_bases.ask_delete(row.id))
    return kit.menu(
        kit.icon("ellipsis"),
        kit.menu_item(t("Who may read"), icon_name="lock", on_select=_bases.ask_access(row.id)),
        kit.menu_item(t("Rename"), icon_name="pencil", on_select=_bases.ask_name(row.id)),
        rx.cond(row.is_default, rx.fragment(), deleting),
        label=t("Actions for {name}", name=row.name),
    )
