"""What an address without a page shows, and a page that is not the reader's: the app's own frame, words and ways on."""

from collections.abc import Callable

import reflex as rx

from ragapp.core.scope import ROLE_PERMISSIONS, Permission, Role
from ragapp.ui import kit
from ragapp.ui.components.entry_frame import entry_frame
from ragapp.ui.components.role_words import role_name
from ragapp.ui.components.shell import shell, waiting_shell
from ragapp.ui.i18n import t
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.sidebar import SidebarState

NotAllowed = Permission | None
"""The right a page asks for; None is for the operator's."""


def missing_page() -> rx.Component:
    """Where no page is: inside the frame for members, on a card for everybody else."""
    return rx.cond(AuthState.signed_in, _inside(), rx.cond(rx.State.is_hydrated, _outside(), waiting_shell()))


def only_for(page: Callable[[], rx.Component], wanted: NotAllowed) -> Callable[[], rx.Component]:
    """Return the page for those who may see it; the others are told who may and whom to ask.

    Args:
        page: Builds the page.
        wanted: The right it asks for, None where it takes an operator.
    """
    may_see = AuthState.is_operator if wanted is None else AuthState.permissions.contains(wanted.value)

    def judged() -> rx.Component:
        # Before it is known who asks, the page's own frame waits in grey.
        return rx.cond(AuthState.signed_in & ~may_see, _not_allowed(wanted), page())

    return judged


def _inside() -> rx.Component:
    state = kit.empty_state(
        "map-pin-off",
        t("There is no page here"),
        t("The address is wrong, or the page no longer exists. Your chats and documents are unchanged."),
        *_ways_on(),
    )
    chats = rx.el.span(hidden=True, on_mount=SidebarState.load)
    return shell(rx.el.div(state, chats, class_name="page"), title=t("There is no page here"))


def _outside() -> rx.Component:
    return entry_frame(
        t("There is no page here"),
        t("The address is wrong, or the page no longer exists."),
        kit.button_link(t("Go to the start page"), href="/", variant="primary", full_load=True),
    )


def _not_allowed(wanted: NotAllowed) -> rx.Component:
    state = kit.empty_state("lock", t("This page is not for your role"), _who_may(wanted), *_ways_on())
    return shell(rx.el.div(state, class_name="page"), title=t("This page is not for your role"))


def _who_may(wanted: NotAllowed) -> rx.Var[str]:
    if wanted is None:
        return t("Only the operator of this service sees it. If you need something from here, ask them.")
    own = {"organisation": AuthState.tenant_name, "role": role_name(AuthState.role)}
    weakest = next(role for role in reversed(Role) if wanted in ROLE_PERMISSIONS[role])
    if weakest is Role.OWNER:
        return t(
            "Only owners of {organisation} see it; your role there is: {role}. If you need something from here, "
            "ask one of them.",
            **own,
        )
    return t(
        "Only administrators and owners of {organisation} see it; your role there is: {role}. If you need something "
        "from here, ask one of them.",
        **own,
    )


def _ways_on() -> tuple[rx.Component, ...]:
    return (
        kit.button_link(t("New chat"), href="/", variant="primary", icon_name="square-pen"),
        kit.button_link(t("Documents"), href="/documents", icon_name="files"),
    )
