"""Words shared by the kit's signatures."""

from typing import Any, Literal, TypeAlias

import reflex as rx

Text: TypeAlias = str | rx.Var[str]
"""A text: almost always a Var from `i18n.t`."""

Flag: TypeAlias = bool | rx.Var[bool]

Child: TypeAlias = rx.Component | str | rx.Var[str]

Handler: TypeAlias = Any
"""An event handler, an event or a list of them; Reflex checks its arguments when the page compiles."""

Variant = Literal["primary", "secondary", "ghost", "danger"]
Size = Literal["sm", "md", "lg"]
Tone = Literal["neutral", "accent", "ok", "warn", "bad"]
Side = Literal["left", "right", "bottom"]
