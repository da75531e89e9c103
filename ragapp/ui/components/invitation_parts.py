"""Inviting: the dialog, its results, the list of who has not come yet."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.role_words import role_name
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import date
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.invitations import InvitationsState, InviteState

_invite: Any = InviteState
_sent: Any = InvitationsState
_me: Any = AuthState


def invite_button() -> rx.Component:
    """Opens the dialog."""
    return kit.button(t("Invite members"), icon_name="user-plus", variant="primary", on_click=_invite.show(True))


def invitation_dialogs() -> rx.Component:
    """The dialogs about invitations; at most one is open."""
    revoke = kit.confirm_dialog(
        title=t("Withdraw the invitation of {email}?", email=_sent.revoking_email),
        text=t("The link that was sent stops working. You can invite the person again."),
        confirm=t("Withdraw"),
        is_open=_sent.revoking_id != "",
        on_open_change=_sent.set_asking,
        on_confirm=_sent.revoke,
    )
    return rx.fragment(_invite_dialog(), _link_dialog(), revoke)


def open_invitations() -> rx.Component:
    """Who was invited and has not come yet; nothing while there is nobody."""
    headings = [
        t("E-mail"),
        t("Role"),
        t("Invited by"),
        t("Valid until"),
        rx.el.span(t("Actions"), class_name="sr-only"),
    ]
    table = kit.data_table(headings, rx.foreach(_sent.rows, _invitation), label=t("Open invitations"), stacks="phone")
    more = rx.cond(
        _sent.next_cursor != "",
        rx.el.div(kit.button(t("Show more"), on_click=_sent.load_more), class_name="listing-more"),
    )
    return rx.cond(_sent.rows.length() > 0, kit.panel(t("Open invitations"), table, more))


def _invitation(row: Any) -> rx.Component:
    until = rx.cond(
        row.status == "expired",
        kit.badge(t("Expired"), tone="warn"),
        rx.el.span(date(row.expires_at), class_name="numbers"),
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(row.email, class_name="break"), class_name="main-cell"),
        rx.el.td(role_name(row.role)),
        kit.labelled_cell(t("Invited by"), row.invited_by, class_name="muted nowrap"),
        kit.labelled_cell(t("Valid until"), until, class_name="nowrap"),
        rx.el.td(
            rx.el.div(
                kit.button(t("New link"), size="sm", icon_name="link", on_click=_sent.resend(row.id)),
                kit.icon_button("x", t("Withdraw"), size="sm", on_click=_sent.ask_revoke(row.id)),
                class_name="row",
            ),
            class_name="act-cell",
        ),
        key=row.id,
    )


def _invite_dialog() -> rx.Component:
    return kit.dialog(
        rx.cond(_invite.results.length() > 0, _results(), _form()),
        title=t("Invite members"),
        text=t("They get a link that works once, for 7 days, and for that address only."),
        is_open=_invite.is_open,
        on_open_change=_invite.show,
        wide=True,
    )


def _form() -> rx.Component:
    return rx.el.form(
        kit.text_area(
            t("E-mail addresses"),
            name="emails",
            rows="6",
            required=True,
            max_length=20_000,
            auto_focus=True,
            hint=t("One or many: each on its own line, or separated by commas. Up to 200 at once."),
        ),
        kit.field(
            kit.role_select(name="role", label=t("Role"), with_owner=_me.role == "owner"),
            t("Role"),
            field_id="role",
            hint=t("You can change it later for each person."),
        ),
        rx.el.div(kit.button(t("Invite"), type="submit", variant="primary"), class_name="dialog-actions"),
        on_submit=_invite.invite,
        class_name="stack",
    )


def _results() -> rx.Component:
    links = rx.Var(
        f"({_invite.results!s}.filter((row) => row?.link).map((row) => `${{row.line}}\\t${{row.link}}`).join('\\n'))",
        _var_type=str,
        _var_data=_invite.results._get_all_var_data(),
    ).to(str)
    return rx.el.div(
        rx.el.ul(rx.foreach(_invite.results, _result), class_name="results", aria_label=t("Results")),
        rx.el.div(
            kit.button(
                t("Copy all links"), icon_name="copy", on_click=[rx.set_clipboard(links), rx.toast.success(t("Copied"))]
            ),
            kit.button(t("Done"), variant="primary", on_click=_invite.show(False)),
            class_name="dialog-actions",
        ),
        class_name="stack",
    )


def _result(row: Any) -> rx.Component:
    mailed = rx.cond(row.is_mailed, t("Invited by e-mail"), t("Invited: send the link yourself"))
    well = rx.el.span(kit.icon("check", class_name="ok"), mailed, class_name="row muted")
    badly = rx.el.span(kit.icon("circle-alert", class_name="bad"), error_text(row.error_code), class_name="row")
    copy = kit.button(
        t("Copy link"),
        size="sm",
        icon_name="copy",
        on_click=[rx.set_clipboard(row.link), rx.toast.success(t("Copied"))],
        custom_attrs={"data-link": row.link},
    )
    return rx.el.li(
        rx.el.div(rx.el.span(row.line, class_name="break"), rx.cond(row.link, well, badly), class_name="grow"),
        rx.cond(row.link, copy),
        key=row.line,
    )


def _link_dialog() -> rx.Component:
    mailed = t("The new link was sent to {email}. The earlier link has stopped working.", email=_sent.link_email)
    alone = t("Send this link to {email}. The earlier link has stopped working.", email=_sent.link_email)
    return kit.dialog(
        kit.secret_field(t("Link"), _sent.link, name="invitation-link"),
        title=t("A new link"),
        text=rx.cond(_sent.link_is_mailed, mailed, alone),
        is_open=_sent.link != "",
        on_open_change=_sent.close_link,
    )
