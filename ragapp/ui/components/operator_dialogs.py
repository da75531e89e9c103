"""The questions about one tenant: new, changed, suspended, resumed, erased."""

from typing import Any

import reflex as rx

from ragapp.core.plans import Plan
from ragapp.ui import kit
from ragapp.ui.components.limit_words import limit_name, plan_name
from ragapp.ui.i18n import t
from ragapp.ui.states.operator_actions import CHANGE, CREATE, ERASE, RESUME, SUSPEND, OperatorActionsState

_act: Any = OperatorActionsState


def operator_dialogs() -> rx.Component:
    """Every question about a tenant; at most one is open."""
    return rx.fragment(_create(), _change(), _suspend(), _resume(), _erase())


def _create() -> rx.Component:
    form = rx.el.form(
        kit.text_field(t("Name of the organisation"), name="name", required=True, max_length=200, id="new-name"),
        kit.text_field(t("E-mail of its first owner"), name="owner_email", type="email", required=True),
        kit.text_field(
            t("Short name"),
            name="slug",
            max_length=60,
            hint=t("For commands and sign-in: lowercase letters, digits, hyphens. Made from the name if left empty."),
        ),
        rx.el.div(_plans("free", "new-plan"), _languages(), class_name="row wrap"),
        _buttons(t("Create")),
        on_submit=_act.create,
        class_name="stack",
    )
    made = rx.el.div(
        rx.el.p(
            rx.cond(
                _act.is_mailed,
                t("The invitation is on its way by e-mail. This is the same link:"),
                t("No mail server is set up: hand this link to the owner yourself."),
            )
        ),
        kit.secret_field(t("Invitation link"), _act.link, name="owner-link"),
        class_name="stack",
    )
    return kit.dialog(
        rx.cond(_act.link, made, form),
        title=rx.cond(_act.link, t("{name} is ready", name=_act.name), t("New organisation")),
        is_open=_act.asking == CREATE,
        on_open_change=_act.set_asking,
    )


def _change() -> rx.Component:
    def limit(row: Any) -> rx.Component:
        return rx.el.label(
            rx.el.span(limit_name(row.name), class_name="field-label"),
            rx.el.input(
                name=row.name,
                default_value=row.value,
                input_mode="decimal",
                placeholder=t("as in the plan"),
                class_name="input input-number",
            ),
            class_name="field",
            key=row.name,
        )

    form = rx.el.form(
        kit.text_field(
            t("Name of the organisation"), name="name", required=True, default_value=_act.name, id="old-name"
        ),
        _plans(_act.plan, "old-plan"),
        rx.el.fieldset(
            rx.el.legend(t("Own limits"), class_name="field-label"),
            rx.el.p(t("An empty field means the plan's limit; ∞ means no limit."), class_name="muted"),
            rx.foreach(_act.limits, limit),
            class_name="limit-fields",
        ),
        _buttons(t("Save")),
        on_submit=_act.change,
        class_name="stack",
        key=_act.tenant_id,
    )
    return kit.dialog(
        form,
        title=t("Change {name}", name=_act.name),
        is_open=_act.asking == CHANGE,
        on_open_change=_act.set_asking,
    )


def _suspend() -> rx.Component:
    reason = kit.text_field(
        t("Reason"), name="reason", required=True, max_length=500, hint=t("The organisation's members see it.")
    )
    return kit.confirm_typed(
        title=t("Suspend {name}?", name=_act.name),
        text=t(
            "Everyone loses access within a second: browsers, programs and answers being written. Running tasks"
            " wait. Nothing is lost, and you can undo it at any time."
        ),
        fields=(reason,),
        word=_act.slug,
        confirm=t("Suspend"),
        on_confirm=_act.suspend,
        is_open=_act.asking == SUSPEND,
        on_open_change=_act.set_asking,
    )


def _resume() -> rx.Component:
    return kit.confirm_typed(
        title=t("Resume {name}?", name=_act.name),
        text=t("People and programs have access again at once, and waiting tasks continue."),
        word=_act.slug,
        confirm=t("Resume"),
        variant="primary",
        is_open=_act.asking == RESUME,
        on_open_change=_act.set_asking,
        on_confirm=_act.resume,
    )


def _erase() -> rx.Component:
    return kit.confirm_typed(
        title=t("Erase {name} for good?", name=_act.name),
        text=t(
            "Documents, chats, members, keys and the audit log of this organisation are deleted, and no one can"
            " restore them. A certificate with numbers remains."
        ),
        word=_act.slug,
        confirm=t("Erase for good"),
        is_open=_act.asking == ERASE,
        on_open_change=_act.set_asking,
        on_confirm=_act.erase,
    )


def _plans(chosen: Any, field_id: str) -> rx.Component:
    options = [rx.el.option(plan_name(plan.value), value=plan.value) for plan in Plan]
    control = rx.el.select(*options, name="plan", id=field_id, default_value=chosen, class_name="input")
    return rx.el.label(rx.el.span(t("Plan"), class_name="field-label"), control, class_name="field grow")


def _languages() -> rx.Component:
    # A language is always offered in its own words.
    options = [rx.el.option("Hrvatski", value="hr"), rx.el.option("English", value="en")]
    control = rx.el.select(*options, name="language", id="new-language", default_value="hr", class_name="input")
    return rx.el.label(rx.el.span(t("Language"), class_name="field-label"), control, class_name="field grow")


def _buttons(confirm: Any) -> rx.Component:
    return rx.el.div(
        kit.button(t("Cancel"), type="button", on_click=_act.set_asking(False)),
        kit.button(confirm, type="submit", variant="primary"),
        class_name="dialog-actions",
    )
