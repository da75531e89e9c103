"""The frame of the administration: its sections beside the page, on a phone above it."""

from dataclasses import dataclass

import reflex as rx

from ragapp.core.scope import Permission
from ragapp.ui import kit
from ragapp.ui.components.shell import page_frame, shell
from ragapp.ui.i18n import t
from ragapp.ui.kit.types import Child, Flag, Text
from ragapp.ui.states.auth import AuthState

_SHOW_CURRENT = rx.call_script(
    "setTimeout(() => document.querySelector('.sections [aria-current=page]')"
    "?.scrollIntoView({inline: 'center', block: 'nearest'}), 150)"
)
"""On narrow windows the sections are a strip: bring the present one into sight."""


@dataclass(frozen=True)
class Section:
    """One entry of a section list."""

    icon_name: str
    title: Text
    href: str
    is_shown: Flag = True


def may(permission: Permission) -> rx.Var[bool]:
    """Return whether the page shows what needs this right; services check it again."""
    return AuthState.permissions.contains(permission.value)


def may_administer() -> rx.Var[bool]:
    """Return whether the member has anything to do in the administration."""
    return may(Permission.READ_USAGE)


def admin_sections() -> tuple[Section, ...]:
    """Return the sections of a tenant's administration."""
    return (
        Section("layout-dashboard", t("Overview"), "/admin", may(Permission.READ_USAGE)),
        Section("users", t("Members"), "/admin/people", may(Permission.MANAGE_MEMBERS)),
        Section("library", t("Knowledge bases"), "/admin/knowledge-bases", may(Permission.MANAGE_KNOWLEDGE_BASES)),
        Section("target", t("Quality"), "/admin/quality", may(Permission.MANAGE_KNOWLEDGE_BASES)),
        Section("key-round", t("API keys"), "/admin/api-keys", may(Permission.USE_API_KEYS)),
        Section("sliders-horizontal", t("Features and limits"), "/admin/features", may(Permission.MANAGE_FLAGS)),
        Section("shield-check", t("Sign-in"), "/admin/sign-in", may(Permission.MANAGE_SIGN_IN)),
        Section("chart-column", t("Usage"), "/admin/usage", may(Permission.READ_USAGE)),
        Section("scroll-text", t("Audit log"), "/admin/audit", may(Permission.READ_AUDIT)),
    )


def admin_shell(
    *children: Child, title: Text, actions: tuple[rx.Component, ...] = (), overlays: tuple[rx.Component, ...] = ()
) -> rx.Component:
    """Frame a page of a tenant's administration; `overlays` are its dialogs."""
    return section_shell(
        *children, title=title, label=t("Administration"), sections=admin_sections(), actions=actions, overlays=overlays
    )


def section_shell(
    *children: Child,
    title: Text,
    label: Text,
    sections: tuple[Section, ...],
    actions: tuple[rx.Component, ...] = (),
    overlays: tuple[rx.Component, ...] = (),
) -> rx.Component:
    """Frame a page that belongs to a group of pages.

    Args:
        children: The page, top to bottom.
        title: Its heading.
        label: What the group is called.
        sections: The pages of the group.
        actions: Buttons beside the heading.
        overlays: Dialogs of the page.
    """
    nav = rx.el.nav(
        *[_entry(section) for section in sections], class_name="sections", aria_label=label, on_mount=_SHOW_CURRENT
    )
    page = page_frame(*children, title=title, actions=actions)
    return shell(rx.fragment(rx.el.div(nav, page, class_name="sectioned"), *overlays), title=title)


def _entry(section: Section) -> rx.Component:
    here = rx.cond(_path() == section.href, "page", "false")
    entry = kit.link(
        kit.icon(section.icon_name),
        rx.el.span(section.title),
        href=section.href,
        class_name="section-entry",
        aria_current=here,
    )
    return rx.cond(section.is_shown, entry)


def _path() -> rx.Var[str]:
    path = rx.State.router.url.path.to(str)
    return rx.Var(f"({path!s}.replace(/\\/+$/, '') || '/')", _var_type=str, _var_data=path._get_all_var_data()).to(str)
