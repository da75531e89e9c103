"""The questions about one knowledge base: its name, who may read it, whether it may go."""

from typing import Any

import reflex as rx

from ragapp.core.sharing import BaseAccess
from ragapp.ui import kit
from ragapp.ui.components.role_words import role_name
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.knowledge_bases import ACCESS, DELETE, NAME, KnowledgeBasesState

_bases: Any = KnowledgeBasesState
_base: Any = KnowledgeBasesState.base


def knowledge_base_dialogs() -> rx.Component:
    """At most one of them is open."""
    return rx.fragment(_name_dialog(), _access_dialog(), _delete_dialog())


def _name_dialog() -> rx.Component:
    return kit.dialog(
        rx.el.form(
            kit.text_field(
                t("Name"), name="name", default_value=_base.name, max_length=120, required=True, auto_focus=True
            ),
            kit.text_area(
                t("Description"), name="description", default_value=_base.description, max_length=2000, rows="3"
            ),
            rx.el.div(kit.button(t("Save"), type="submit", variant="primary"), class_name="dialog-actions"),
            on_submit=_bases.save,
            class_name="stack",
            key=_base.id,
        ),
        title=rx.cond(_base.id != "", t("Rename the knowledge base"), t("New knowledge base")),
        is_open=_bases.asking == NAME,
        on_open_change=_bases.set_asking,
    )


def _access_dialog() -> rx.Component:
    picker = rx.el.div(
        rx.el.p(tn("{n} chosen member", "{n} chosen members", _bases.chosen.length()), class_name="muted"),
        kit.people_picker(
            _bases.people,
            _bases.chosen,
            label=t("Members who may read it"),
            on_search=_bases.find_people.debounce(200),
            on_toggle=_bases.toggle,
        ),
        class_name="stack",
    )
    return kit.dialog(
        rx.el.div(
            rx.el.fieldset(
                rx.el.legend(t("Who may read"), class_name="sr-only"),
                _choice(BaseAccess.EVERYONE, t("Everyone"), t("Every member of the organisation.")),
                _choice(BaseAccess.ROLE, t("From a given role up"), t("Members with this role or a stronger one.")),
                _choice(BaseAccess.MEMBERS, t("Chosen members"), t("Only the people you tick.")),
                class_name="choices",
            ),
            rx.cond(_bases.access == BaseAccess.ROLE.value, _role()),
            rx.cond(_bases.access == BaseAccess.MEMBERS.value, picker),
            rx.el.div(
                kit.button(t("Save"), variant="primary", on_click=_bases.save_access), class_name="dialog-actions"
            ),
            class_name="stack",
        ),
        title=t("Who may read “{name}”", name=_base.name),
        text=t("Owners and administrators always have access. People without access never see it."),
        is_open=_bases.asking == ACCESS,
        on_open_change=_bases.set_asking,
    )


def _choice(access: BaseAccess, name: rx.Var[str], text: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="access",
            value=access.value,
            checked=_bases.access == access.value,
            on_change=_bases.choose_access(access.value),
        ),
        rx.el.span(rx.el.span(name, class_name="choice-name"), rx.el.span(text, class_name="muted")),
        class_name="choice",
    )


def _role() -> rx.Component:
    return kit.select(
        [(role, role_name(role)) for role in ("editor", "admin", "owner")],
        name="access-role",
        label=t("The lowest role that may read it"),
        visible_label=True,
        value=_bases.role,
        on_change=_bases.choose_role,
    )


def _delete_dialog() -> rx.Component:
    return kit.confirm_dialog(
        title=t("Delete this knowledge base?"),
        text=t("“{name}” will be deleted. Only an empty one can be: delete its documents first.", name=_base.name),
        confirm=t("Delete"),
        is_open=_bases.asking == DELETE,
        on_open_change=_bases.set_asking,
        on_confirm=_bases.delete,
    )
