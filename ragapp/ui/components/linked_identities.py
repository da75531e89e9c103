"""The part of the settings about sign-in services: link, unlink, confirm who one is."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.feedback import error_text
from ragapp.ui.formatting import relative_time
from ragapp.ui.i18n import t
from ragapp.ui.states.linked_identities import LinkedIdentitiesState

_links: Any = LinkedIdentitiesState


def linked_identities() -> rx.Component:
    """Links and services; empty where the organisation has none."""
    problem = kit.notice(error_text(_links.error_code), tone="bad", icon_name="circle-alert")
    content = rx.el.div(
        rx.cond(_links.error_code, rx.el.div(problem, role="alert")),
        rx.foreach(_links.links, _link),
        rx.foreach(_links.offers, _offer),
        class_name="stack",
    )
    section = rx.el.section(rx.el.h2(t("Sign-in services")), kit.card(content), class_name="settings-section")
    return rx.cond((_links.offers.length() > 0) | (_links.links.length() > 0), section)


def _link(link: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(link.service, class_name="truncate"),
            rx.el.span(t("Last used"), " ", relative_time(link.seen_at), class_name="muted"),
            class_name="grow stack-tight",
        ),
        kit.asking_button(
            t("Unlink"),
            title=t("Unlink {name}?", name=link.service),
            text=t("You cannot sign in with it any more until you link it again."),
            confirm=t("Unlink"),
            on_confirm=_links.unlink(link.key),
            look=kit.button_class("secondary", "sm"),
        ),
        class_name="row wrap",
        key=link.key,
    )


def _offer(offer: Any) -> rx.Component:
    link_it = rx.fragment(
        kit.button(t("Link {name}", name=offer.name), icon_name="link", on_click=_links.link(offer.key)),
        kit.post_form(action=offer.link_action, id="link-" + offer.key, custom_attrs={"hidden": True}),
    )
    confirm = kit.button_link(
        t("Confirm who you are with {name}", name=offer.name),
        href=offer.confirm_href,
        icon_name="shield-check",
        full_load=True,
    )
    return rx.cond(offer.is_linked, confirm, link_it)
