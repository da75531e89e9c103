"""The frame of the operator's pages, and the words for what is on them."""

from typing import Any, cast

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.admin_shell import Section, section_shell
from ragapp.ui.i18n import t
from ragapp.ui.kit.types import Child, Text


def operator_shell(
    *children: Child, title: Text, actions: tuple[rx.Component, ...] = (), overlays: tuple[rx.Component, ...] = ()
) -> rx.Component:
    """Frame a page for those who run the platform; `overlays` are its dialogs."""
    sections = (
        Section("building-2", t("Organisations"), "/platform"),
        Section("chart-column", t("Usage"), "/platform/usage"),
        Section("activity", t("Service"), "/platform/service"),
        Section("plug", t("Language model"), "/platform/model"),
    )
    return section_shell(
        *children, title=title, label=t("Platform"), sections=sections, actions=actions, overlays=overlays
    )


def tenant_status(status: Any) -> rx.Component:
    """Show whether a tenant works."""
    badge = rx.match(
        status,
        ("active", kit.badge(t("Active"), tone="ok")),
        ("suspended", kit.badge(t("Suspended"), tone="warn")),
        kit.badge(t("Being erased"), tone="bad"),
    )
    return cast("rx.Component", badge)


def task_status(status: Any) -> rx.Component:
    """Show in which state a task is."""
    badge = rx.match(
        status,
        ("queued", kit.badge(t("Waiting"))),
        ("running", kit.badge(t("Running"), tone="accent")),
        kit.badge(t("Failed"), tone="bad"),
    )
    return cast("rx.Component", badge)


def task_kind(kind: Any) -> rx.Var[str]:
    """Return what a kind of task does."""
    words = rx.match(
        kind,
        ("ingest", t("Read a document")),
        ("expand", t("Unpack an archive")),
        ("delete", t("Delete a document")),
        ("reindex", t("Rebuild an index")),
        ("fetch", t("Read a web page")),
        ("sync", t("Check a source again")),
        ("verify", t("Compare everything")),
        t("Erase an organisation"),
    )
    return cast("rx.Var[str]", words)


def service_name(service: Any) -> rx.Var[str]:
    """Return what a part of the service is called."""
    words = rx.match(
        service,
        ("database", t("Database")),
        ("vector_index", t("Search index")),
        ("embedder", t("Embedding model")),
        ("generator", t("Language model")),
        ("disk", t("Disk")),
        ("mail", t("Mail server")),
        ("redis", "Redis"),
        service,
    )
    return cast("rx.Var[str]", words)
