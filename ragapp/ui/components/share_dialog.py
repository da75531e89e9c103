"""With whom a chat is shared: one dialog, from the chat's head or from the sidebar."""

from typing import Any

import reflex as rx

from ragapp.core.sharing import ChatSharing, SharePermission
from ragapp.ui import kit
from ragapp.ui.i18n import t
from ragapp.ui.states.sharing import SharingState

_share: Any = SharingState


def share_dialog() -> rx.Component:
    """Who may read, who may ask, everyone or chosen people; the link to hand on."""
    forbidden = kit.notice(
        t("Your organisation does not let chats be shared. What was shared before stops working until it does."),
        tone="warn",
        icon_name="lock",
    )
    return kit.dialog(
        rx.el.div(
            rx.cond(_share.allowed == ChatSharing.NOBODY.value, forbidden, _giving()),
            _shares(),
            _link(),
            class_name="stack share",
        ),
        title=t("Share this chat"),
        text=t("Others see the questions and answers. Quotes from documents they may not open are withheld."),
        is_open=_share.asking,
        on_open_change=_share.set_asking,
    )


def _giving() -> rx.Component:
    return rx.fragment(
        _everyone(),
        kit.people_picker(
            _share.people,
            _share.chosen,
            label=t("Members"),
            on_search=_share.find.debounce(200),
            on_toggle=_share.toggle,
        ),
        rx.el.div(
            kit.select(
                _permissions(),
                name="share-permission",
                label=t("They may"),
                value=_share.permission,
                on_change=_share.choose_permission,
            ),
            kit.button(
                t("Share"),
                variant="primary",
                icon_name="user-plus",
                on_click=_share.share,
                disabled=_share.chosen.length() == 0,
            ),
            class_name="row share-give",
        ),
    )


def _everyone() -> rx.Component:
    options = [("", t("Only the people below")), *_everyone_permissions()]
    return rx.cond(
        _share.allowed == ChatSharing.TENANT.value,
        kit.select(
            options,
            name="share-everyone",
            label=t("Everyone in the organisation"),
            visible_label=True,
            value=_share.everyone,
            on_change=_share.share_with_everyone,
        ),
    )


def _permissions() -> list[tuple[str, rx.Var[str]]]:
    return [(SharePermission.READ.value, t("may read")), (SharePermission.WRITE.value, t("may read and ask"))]


def _everyone_permissions() -> list[tuple[str, rx.Var[str]]]:
    return [
        (SharePermission.READ.value, t("Everyone in the organisation may read")),
        (SharePermission.WRITE.value, t("Everyone in the organisation may read and ask")),
    ]


def _shares() -> rx.Component:
    return rx.cond(
        _share.shares.length() > 0,
        rx.el.section(
            rx.el.h3(t("Shared with"), class_name="share-title"),
            rx.el.ul(rx.foreach(_share.shares, _row), class_name="share-list"),
        ),
    )


def _row(row: Any) -> rx.Component:
    may = rx.cond(row.permission == SharePermission.WRITE.value, t("may read and ask"), t("may read"))
    return rx.el.li(
        kit.person_names(row.name, row.email),
        rx.el.span(may, class_name="muted nowrap share-may"),
        kit.icon_button(
            "x", t("Stop sharing with {name}", name=row.name), size="sm", on_click=_share.remove(row.user_id)
        ),
        key=row.user_id,
    )


def _link() -> rx.Component:
    return rx.el.div(
        kit.button(
            t("Copy link"),
            icon_name="link",
            on_click=[rx.set_clipboard(_share.url), rx.toast.success(t("Copied"))],
        ),
        rx.el.span(t("The link opens only for people it is shared with."), class_name="muted"),
        class_name="row share-link",
    )
