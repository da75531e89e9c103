"""/admin/audit: who did what, in sentences, and whether the log is whole."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell
from ragapp.ui.components.audit_words import action_names, audit_sentence
from ragapp.ui.formatting import date, date_time
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.audit import AuditState

_audit: Any = AuditState


def admin_audit_page() -> rx.Component:
    """Filter, read, check, take away."""
    return admin_shell(
        _chain(),
        _filters(),
        _chips(),
        _list(),
        title=t("Audit log"),
        actions=(
            kit.button(t("Check the log"), icon_name="shield-check", on_click=_audit.verify),
            kit.button(t("Export as CSV"), icon_name="download", on_click=_audit.export),
        ),
    )


def _chain() -> rx.Component:
    whole = kit.notice(
        rx.el.span(
            tn(
                "The log is intact: {n} event, each sealed with the one before it.",
                "The log is intact: {n} events, each sealed with the one before it.",
                _audit.checked_count,
            )
        ),
        icon_name="shield-check",
    )
    broken = kit.notice(
        rx.el.span(
            t(
                "The log was changed from outside: event {n} does not fit the one before it. Tell your operator.",
                n=_audit.broken_at,
            )
        ),
        tone="bad",
        icon_name="shield-alert",
    )
    return rx.cond(_audit.broken_at > 0, broken, rx.cond(_audit.checked_count >= 0, whole))


def _filters() -> rx.Component:
    people = rx.el.select(
        rx.el.option(t("Everyone"), value=""),
        rx.foreach(_audit.people, lambda person: rx.el.option(person.name, value=person.id)),
        name="person",
        value=_audit.person,
        on_change=_audit.choose_person,
        aria_label=t("Person"),
        class_name="input",
    )
    days = kit.date_range(_audit.since, _audit.until, on_since=_audit.choose_since, on_until=_audit.choose_until)
    return kit.filter_bar(people, _acts(), days)


def _chips() -> rx.Component:
    names = [(action.value, name) for _, acts in action_names() for action, name in acts.items()]
    act = rx.match(_audit.act, *names, _audit.act)
    return kit.filter_chips(
        kit.Chip(t("Person"), _audit.person_name, _audit.person != "", _audit.choose_person("")),
        kit.Chip(t("Event"), act, _audit.act != "", _audit.choose_act("")),
        kit.Chip(t("From"), _day(_audit.since), _audit.since != "", _audit.choose_since("")),
        kit.Chip(t("To"), _day(_audit.until), _audit.until != "", _audit.choose_until("")),
        is_filtered=_audit.is_filtered,
        on_clear=_audit.show_all,
    )


def _day(iso: Any) -> rx.Var[str]:
    return date(iso + "T12:00")  # noon where the reader is: the same day everywhere


def _acts() -> rx.Component:
    groups = [
        rx.el.optgroup(*[rx.el.option(name, value=action.value) for action, name in acts.items()], label=title)
        for title, acts in action_names()
    ]
    return rx.el.select(
        rx.el.option(t("All events"), value=""),
        *groups,
        name="act",
        value=_audit.act,
        on_change=_audit.choose_act,
        aria_label=t("Event"),
        class_name="input",
    )


def _list() -> rx.Component:
    none = kit.empty_state("scroll-text", t("No such event"), t("Choose a longer period, or everyone."))
    return kit.listing(
        rx.el.div(
            kit.data_table(
                [t("When"), t("What happened"), t("How")],
                rx.foreach(_audit.rows, _row),
                label=t("Audit log"),
                stacks="phone",
            ),
            class_name="audit-list",
        ),
        is_loading=_audit.is_loading,
        error_code=_audit.error_code,
        is_empty=_audit.rows.length() == 0,
        empty=none,
        on_retry=_audit.load,
        has_more=_audit.next_cursor != "",
        on_more=_audit.load_more,
        lines=10,
    )


def _row(row: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(date_time(row.at), class_name="muted numbers nowrap"),
        rx.el.td(audit_sentence(row), class_name="break main-cell"),
        rx.el.td(_origin(row.origin), class_name="muted nowrap"),
        key=row.id,
    )


def _origin(origin: Any) -> Any:
    return rx.match(
        origin,
        ("session", t("in the browser")),
        ("access_token", t("by a program")),
        ("api_key", t("with an API key")),
        ("console", t("on the server")),
        t("by itself"),
    )
