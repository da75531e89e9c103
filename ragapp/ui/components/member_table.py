"""The members as a table, with what can be done to each."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.role_words import role_name
from ragapp.ui.formatting import date, relative_time
from ragapp.ui.i18n import t
from ragapp.ui.states.member_actions import MemberActionsState
from ragapp.ui.states.people import PeopleState

_people: Any = PeopleState
_act: Any = MemberActionsState


def member_table() -> rx.Component:
    """Everybody who belongs to the organisation."""
    headings = [
        t("Person"),
        t("Role"),
        t("Status"),
        t("Last seen"),
        t("Joined"),
        rx.el.span(t("Actions"), class_name="sr-only"),
    ]
    return kit.data_table(
        headings,
        rx.foreach(_people.rows, _row),
        label=t("Members"),
        stacks="phone",
        custom_attrs={"data-list": "members"},
    )


def _row(row: Any) -> rx.Component:
    you = rx.cond(row.is_you, kit.badge(t("You"), tone="accent"))
    return rx.el.tr(
        rx.el.td(rx.el.div(kit.person_names(row.name, row.email), you, class_name="row"), class_name="main-cell"),
        rx.el.td(
            role_name(row.role),
            rx.cond(row.is_last_owner, rx.el.span(t("The only owner"), class_name="sub-line muted")),
        ),
        rx.el.td(_state(row)),
        kit.labelled_cell(
            t("Last seen"),
            rx.cond(row.last_seen_at, relative_time(row.last_seen_at), t("Never")),
            class_name="muted nowrap",
        ),
        kit.labelled_cell(t("Joined"), date(row.joined_at), class_name="muted numbers nowrap"),
        rx.el.td(_menu(row), class_name="act-cell"),
        key=row.id,
    )


def _state(row: Any) -> rx.Component:
    active = rx.el.span(
        kit.badge(t("Active"), tone="ok"),
        rx.cond(
            row.has_second_factor, kit.tooltip(kit.icon("shield-check", class_name="ok"), t("Two-step sign-in is on"))
        ),
        class_name="row",
    )
    return rx.cond(row.is_active, active, kit.badge(t("Deactivated"), tone="warn"))


def _menu(row: Any) -> rx.Component:
    reason = rx.cond(
        row.is_last_owner,
        t("The only owner: make someone else an owner first."),
        t("Only an owner can change another owner."),
    )
    locked = kit.tooltip(
        rx.el.span(kit.icon("lock", aria_label=reason, role="img"), class_name="locked", tab_index=0), reason
    )
    state = rx.cond(
        row.is_active,
        kit.menu_item(t("Deactivate"), icon_name="user-x", on_select=_act.ask_deactivate(row.id)),
        kit.menu_item(t("Reactivate"), icon_name="user-check", on_select=_act.reactivate(row.id)),
    )
    menu = kit.menu(
        kit.icon("ellipsis"),
        kit.menu_item(t("Change role"), icon_name="user-cog", on_select=_act.ask_role(row.id)),
        rx.cond(row.is_you, rx.fragment(), state),
        kit.menu_item(
            rx.cond(row.is_you, t("Leave"), t("Remove")),
            icon_name="user-minus",
            danger=True,
            on_select=_act.ask_remove(row.id),
        ),
        label=t("Actions for {name}", name=row.name),
    )
    return rx.cond(row.is_last_owner | row.is_above, locked, menu)
