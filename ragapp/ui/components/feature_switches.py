"""The features as switches, with what each does and who decided."""

from typing import Any

import reflex as rx

from ragapp.core.flags import Flag
from ragapp.ui import kit
from ragapp.ui.components.flag_words import flag_words
from ragapp.ui.i18n import t
from ragapp.ui.states.features import FeaturesState

_features: Any = FeaturesState


def features_panel() -> rx.Component:
    """Every feature; a change works at once, for everybody."""
    switches = [_switch(flag, name, text) for flag, (name, text) in flag_words().items()]
    return kit.panel(
        t("Features"),
        kit.card(*switches),
        text=t("A change applies at once to everyone in your organisation, on pages and for programs alike."),
    )


def _switch(flag: Flag, name: rx.Var[str], text: rx.Var[str]) -> rx.Component:
    locked = rx.cond(
        _features.enforced.contains(flag.value), t("Set by the platform operator for all organisations."), ""
    )
    return kit.toggle(
        name,
        text,
        name=f"flag-{flag.value}",
        is_on=_features.switched_on.contains(flag.value),
        on_change=lambda is_on: _features.switch(flag.value, is_on),
        locked=locked,
    )
