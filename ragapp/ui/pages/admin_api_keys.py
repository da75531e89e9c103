"""/admin/api-keys: keys of programs."""

from typing import Any

import reflex as rx

from ragapp.core.scope import Permission
from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell, may
from ragapp.ui.components.api_key_dialogs import api_key_dialogs
from ragapp.ui.components.permission_words import permission_name, permission_words
from ragapp.ui.formatting import date, relative_time
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.api_keys import ApiKeysState

_keys: Any = ApiKeysState


def admin_api_keys_page() -> rx.Component:
    """Make, look over, end."""
    return admin_shell(
        rx.cond(may(Permission.MANAGE_API_KEYS), _whose()),
        _list(),
        title=t("API keys"),
        actions=(kit.button(t("New API key"), icon_name="plus", variant="primary", on_click=_keys.show_dialog(True)),),
        overlays=(api_key_dialogs(),),
    )


def _whose() -> rx.Component:
    return rx.el.div(
        kit.button(t("My keys"), on_click=_keys.show_everybodys(False), aria_pressed=_keys.whose == ""),
        kit.button(t("All keys"), on_click=_keys.show_everybodys(True), aria_pressed=_keys.whose != ""),
        class_name="row wrap",
        role="group",
        aria_label=t("Whose keys"),
    )


def _list() -> rx.Component:
    headings = [
        t("Name"), t("Owner of the key"), t("Permissions"), t("Status"), t("Last used"), t("Valid until"),
        rx.el.span(t("Actions"), class_name="sr-only"),
    ]  # fmt: skip
    none = kit.empty_state(
        "key-round", t("No API keys"), t("A key lets a program ask questions or add documents in your name.")
    )
    return kit.listing(
        kit.data_table(headings, rx.foreach(_keys.rows, _row), label=t("API keys"), stacks="laptop"),
        is_loading=_keys.is_loading,
        error_code=_keys.error_code,
        is_empty=_keys.rows.length() == 0,
        empty=none,
        on_retry=_keys.load,
        has_more=_keys.next_cursor != "",
        on_more=_keys.load_more,
    )


def _row(row: Any) -> rx.Component:
    name = rx.el.div(
        rx.el.span(row.name, class_name="truncate"),
        rx.el.code(row.prefix, "…", class_name="muted mono"),
        class_name="person-names",
    )
    return rx.el.tr(
        rx.el.td(name, class_name="main-cell"),
        kit.labelled_cell(t("Owner of the key"), row.owner, class_name="muted"),
        rx.el.td(_scopes(row)),
        rx.el.td(_state(row.state)),
        kit.labelled_cell(
            t("Last used"),
            rx.cond(row.last_used_at, relative_time(row.last_used_at), t("Never")),
            class_name="muted nowrap",
        ),
        kit.labelled_cell(
            t("Valid until"),
            rx.cond(row.expires_at, date(row.expires_at), t("No end")),
            class_name="muted numbers nowrap",
        ),
        rx.el.td(
            rx.cond(
                (row.state == "active") & row.may_revoke,
                kit.button(t("Revoke"), size="sm", on_click=_keys.ask_revoke(row.id)),
            ),
            class_name="act-cell",
        ),
        key=row.id,
    )


def _scopes(row: Any) -> rx.Component:
    is_all = row.scopes.length() == len(permission_words())
    words = rx.el.ul(rx.foreach(row.scopes, lambda each: rx.el.li(permission_name(each))), class_name="right-list")
    some = rx.el.details(rx.el.summary(tn("{n} permission", "{n} permissions", row.scopes.length())), words)
    return rx.cond(is_all, rx.el.span(t("What its owner may"), class_name="muted"), some)


def _state(state: Any) -> rx.Component:
    return rx.match(
        state,
        ("active", kit.badge(t("Active"), tone="ok")),
        ("expired", kit.badge(t("Expired"), tone="warn")),
        kit.badge(t("Revoked")),
    )
