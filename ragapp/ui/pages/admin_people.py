"""/admin/people: who belongs to the organisation."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.admin_shell import admin_shell
from ragapp.ui.components.invitation_parts import invitation_dialogs, invite_button, open_invitations
from ragapp.ui.components.member_dialogs import member_dialogs
from ragapp.ui.components.member_table import member_table
from ragapp.ui.i18n import t
from ragapp.ui.states.people import PeopleState

_people: Any = PeopleState


def admin_people_page() -> rx.Component:
    """Find, invite, promote, keep out, remove."""
    return admin_shell(
        open_invitations(),
        kit.panel(t("Members"), _filters(), _list()),
        title=t("Members"),
        actions=(invite_button(),),
        overlays=(invitation_dialogs(), member_dialogs()),
    )


def _filters() -> rx.Component:
    search = kit.search_field(
        t("Search by name or address"),
        default_value=_people.query,
        key=_people.search_box,
        on_change=_people.search.debounce(250),
        max_length=200,
    )
    chips = kit.filter_chips(
        kit.Chip(t("Search"), _people.query, _people.query != "", _people.show_all),
        is_filtered=_people.is_filtered,
        on_clear=_people.show_all,
    )
    return rx.fragment(kit.filter_bar(search), chips)


def _list() -> rx.Component:
    nobody = kit.empty_state("search-x", t("No results."), t("No member has this name or address."))
    return kit.listing(
        member_table(),
        is_loading=_people.is_loading,
        error_code=_people.error_code,
        is_empty=_people.rows.length() == 0,
        empty=nobody,
        on_retry=_people.load,
        has_more=_people.next_cursor != "",
        on_more=_people.load_more,
    )
