"""/platform/model: whether a language model writes the answers, and what to do so that one does."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.components.operator_shell import operator_shell
from ragapp.ui.i18n import t
from ragapp.ui.kit.types import Child, Text
from ragapp.ui.states.operator_model import OperatorModelState

_model: Any = OperatorModelState


def operator_model_page() -> rx.Component:
    """What ragapp sees now, then the steps that are left, then the settings."""
    again = kit.button(t("Check again"), icon_name="rotate-cw", on_click=_model.check, disabled=_model.is_checking)
    return operator_shell(
        kit.listing(
            rx.el.div(_seen(), rx.cond(_model.state == "ready", None, _steps()), _settings(), class_name="panels"),
            is_loading=_model.is_loading,
            error_code=_model.error_code,
            is_empty=False,
            empty=rx.fragment(),
            on_retry=_model.load,
            lines=4,
        ),
        title=t("Language model"),
        actions=(again,),
    )


def _seen() -> rx.Component:
    ready = kit.notice(
        rx.el.span(t("Connected: {model} writes the answers.", model=_model.model)),
        tone="ok",
        icon_name="circle-check",
        custom_attrs={"data-model-state": "ready"},
    )
    missing = kit.notice(
        rx.el.span(
            t("The model server answers at {address}, but {model} is not installed there.",
              address=_model.address, model=_model.model)
        ),
        tone="warn",
        icon_name="triangle-alert",
        custom_attrs={"data-model-state": "missing"},
    )  # fmt: skip
    unreachable = kit.notice(
        rx.el.span(t("No model server answers at {address}.", address=_model.address)),
        tone="warn",
        icon_name="triangle-alert",
        custom_attrs={"data-model-state": "unreachable"},
    )
    off = kit.notice(
        rx.el.span(t("Written answers are turned off in the settings of this installation.")),
        custom_attrs={"data-model-state": "off"},
    )
    return rx.el.div(
        rx.match(_model.state, ("ready", ready), ("missing", missing), ("unreachable", unreachable), off),
        rx.cond(_model.state == "ready", None, rx.el.p(_meanwhile(), class_name="muted")),
        class_name="stack",
    )


def _meanwhile() -> rx.Var[str]:
    return t("Until then, every answer shows the exact passages from the documents.")


def _steps() -> rx.Component:
    """What is left to do; what is done already is ticked."""
    is_reachable = _model.state == "missing"
    steps = [
        _step(
            t("Install Ollama"),
            rx.el.p(t("On this machine, or on another one with a graphics card. Download it from:")),
            _code("ollama.com/download"),
            is_done=is_reachable,
        ),
        _step(t("Start it"), kit.copy_field(t("Command"), rx.Var.create("ollama serve"), name="serve-command"),
              is_done=is_reachable),
        _step(
            t("Install the model"),
            kit.copy_field(t("Command"), _model.pull_command, name="pull-command"),
            rx.el.p(t("A few gigabytes, once."), class_name="muted"),
        ),
        _step(
            t("Only if Ollama runs on another machine"),
            rx.el.p(t("Set its address, then restart ragapp:")),
            _code("RAGAPP_OLLAMA_HOST=http://192.0.2.10:11434"),
        ),
        _step(
            t("Check again"),
            rx.el.p(t("ragapp finds the model by itself within seconds; this page shows it.")),
        ),
    ]  # fmt: skip
    turn_on = kit.panel(
        t("Turn written answers on"),
        rx.el.p(t("Set this, then restart ragapp:")),
        _code("RAGAPP_GENERATOR=auto"),
    )
    how = kit.panel(t("How to connect a model"), rx.el.ol(*steps, class_name="setup-steps"))
    return rx.cond(_model.state == "off", turn_on, how)


def _step(title: Text, *children: Child, is_done: Any = False) -> rx.Component:
    done = kit.icon("circle-check", class_name="ok", aria_label=t("Done"), role="img")
    return rx.el.li(
        rx.el.strong(title, " ", rx.cond(is_done, done)),
        *children,
        custom_attrs={"data-done": rx.cond(is_done, "true", "false")},
    )


def _code(text: str) -> rx.Component:
    return rx.el.p(rx.el.code(text, class_name="mono breakable"))


def _settings() -> rx.Component:
    rows = [
        ("RAGAPP_GENERATOR", _model.generator),
        ("RAGAPP_GENERATOR_MODEL", _model.model),
        ("RAGAPP_OLLAMA_HOST", _model.address),
    ]
    table = kit.data_table(
        [t("Variable"), t("Now")],
        rx.fragment(*[
            rx.el.tr(rx.el.td(rx.el.code(name), class_name="main-cell"), rx.el.td(value, class_name="mono breakable"))
            for name, value in rows
        ]),
        label=t("Settings of the model"),
        is_bare=True,
    )  # fmt: skip
    return kit.panel(
        t("Settings of the model"),
        table,
        text=t("Environment variables of this installation. A change applies after a restart."),
    )
