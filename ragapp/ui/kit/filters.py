"""What narrows a list down: a bar of filters, a range of days, a role, people."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from ragapp.ui.i18n import t
from ragapp.ui.kit.fields import search_field
from ragapp.ui.kit.types import Child, Flag, Handler, Text


@dataclass(frozen=True)
class PersonOption:
    """Somebody who can be picked."""

    id: str = ""
    name: str = ""
    email: str = ""


def filter_bar(*filters: Child) -> rx.Component:
    """Filters in a row; under each other on a phone."""
    return rx.el.div(*filters, class_name="filter-bar", role="search")


def date_field(label: Text, *, name: str, value: Text, on_change: Handler) -> rx.Component:
    """One day, chosen the way the device does it; `value` and what `on_change` gets are ISO 8601, "" for none."""
    return rx.el.label(
        rx.el.span(label, class_name="field-label"),
        rx.el.input(type="date", name=name, value=value, on_change=on_change, class_name="input"),
        class_name="filter-field",
    )


def date_range(since: Text, until: Text, *, on_since: Handler, on_until: Handler) -> rx.Component:
    """From one day to another, both included; either may be left open."""
    return rx.el.div(
        date_field(t("From"), name="since", value=since, on_change=on_since),
        date_field(t("To"), name="until", value=until, on_change=on_until),
        class_name="row date-range",
        role="group",
        aria_label=t("Period"),
    )


def role_select(*, name: str, label: Text, with_owner: Flag = True, **props: Any) -> rx.Component:
    """Which role somebody gets; the weakest first."""
    roles = [("member", t("Member")), ("editor", t("Editor")), ("admin", t("Administrator"))]
    strongest = rx.cond(with_owner, rx.el.option(t("Owner"), value="owner"))
    return rx.el.select(
        *[rx.el.option(text, value=value) for value, text in roles],
        strongest,
        name=name,
        id=props.pop("id", name),
        class_name="input",
        aria_label=label,
        **props,
    )


def people_picker(
    people: Any,
    chosen: Any,
    *,
    label: Text,
    on_search: Handler,
    on_toggle: Handler,
) -> rx.Component:
    """A searchable list of people with a tick each.

    Args:
        people: A state's list of `PersonOption`.
        chosen: A state's list of the ids that are ticked.
        label: What they are chosen for.
        on_search: Gets the words that were typed.
        on_toggle: Gets the id of the one that was pressed.
    """

    def row(person: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="checkbox",
                class_name="checkbox",
                checked=chosen.contains(person.id),
                on_change=on_toggle(person.id),
            ),
            rx.el.span(person_names(person.name, person.email), class_name="grow"),
            class_name="person-option",
            key=person.id,
        )

    return rx.el.div(
        search_field(t("Search by name or address"), on_change=on_search),
        rx.el.div(
            rx.cond(people.length() > 0, rx.foreach(people, row), rx.el.p(t("No results."), class_name="muted")),
            class_name="person-options",
            role="group",
            aria_label=label,
        ),
        class_name="stack",
    )


def person_names(name: Text, email: Text) -> rx.Component:
    """A person as two short lines: the name, the address under it."""
    return rx.el.span(
        rx.el.span(rx.cond(name, name, email), class_name="truncate"),
        rx.cond(name, rx.el.span(email, class_name="truncate muted")),
        class_name="person-names",
    )
