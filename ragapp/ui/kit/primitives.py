"""Thin wrappers of unstyled Radix widgets: behaviour and accessibility are theirs, the look is `assets/kit.css`."""
# mypy: disable-error-code="valid-type, type-arg, misc"
# Reflex declares events as `EventHandler[spec]`, which only its own compiler reads as a type.

from typing import ClassVar

import reflex as rx
from reflex_base.components.component import field
from reflex_base.constants.compiler import MemoizationMode
from reflex_base.event import no_args_event_spec, passthrough_event_spec

OpenChange = rx.EventHandler[passthrough_event_spec(bool)]


class _Menu(rx.Component):
    library = "@radix-ui/react-dropdown-menu@2.2.1"


class MenuRoot(_Menu):
    """Owns the open state of one menu."""

    tag = "Root"
    alias = "MenuRoot"

    modal: rx.Var[bool] = field(doc="Whether the rest of the page is out of reach while the menu is open.")


class MenuTrigger(_Menu):
    """The button that opens the menu; it renders the button itself."""

    tag = "Trigger"
    alias = "MenuTrigger"
    # The parts talk through React context: the compiler must keep them in one component.
    _memoization_mode: ClassVar[MemoizationMode] = MemoizationMode(recursive=False)


class MenuPortal(_Menu):
    """Lifts the menu out of clipping containers."""

    tag = "Portal"
    alias = "MenuPortal"


class MenuContent(_Menu):
    """The floating list."""

    tag = "Content"
    alias = "MenuContent"

    align: rx.Var[str] = field(doc="start, center or end.")
    side: rx.Var[str] = field(doc="top, right, bottom or left.")
    side_offset: rx.Var[int] = field(doc="Distance from the trigger in pixels.")
    collision_padding: rx.Var[int] = field(doc="Distance kept from the window's edges in pixels.")


class MenuItem(_Menu):
    """One command."""

    tag = "Item"
    alias = "MenuItem"

    as_child: rx.Var[bool] = field(doc="Give the behaviour to the only child, for links.")
    disabled: rx.Var[bool] = field(doc="Shown, but not to be chosen.")
    on_select: rx.EventHandler[no_args_event_spec] = field(doc="Chosen by mouse, touch or keyboard.")

    _memoization_mode: ClassVar[MemoizationMode] = MemoizationMode(recursive=False)


class MenuSeparator(_Menu):
    """A thin line between groups."""

    tag = "Separator"
    alias = "MenuSeparator"


class MenuLabel(_Menu):
    """The heading of a group."""

    tag = "Label"
    alias = "MenuLabel"


class _Tabs(rx.Component):
    library = "@radix-ui/react-tabs@1.2.1"


class TabsRoot(_Tabs):
    """Owns which tab is open."""

    tag = "Root"
    alias = "TabsRoot"

    default_value: rx.Var[str] = field(doc="The tab that is open first.")
    value: rx.Var[str] = field(doc="The open tab, when the state decides.")
    on_value_change: rx.EventHandler[passthrough_event_spec(str)] = field(doc="Another tab was chosen.")


class TabsList(_Tabs):
    """The row of tabs."""

    tag = "List"
    alias = "TabsList"


class TabsTrigger(_Tabs):
    """One tab."""

    tag = "Trigger"
    alias = "TabsTrigger"

    value: rx.Var[str] = field(doc="Which panel it opens.")


class TabsContent(_Tabs):
    """One panel."""

    tag = "Content"
    alias = "TabsContent"

    value: rx.Var[str] = field(doc="Which tab opens it.")


class _Dialog(rx.Component):
    library = "@radix-ui/react-dialog@1.3.1"


class DialogRoot(_Dialog):
    """Owns the open state of one dialog."""

    tag = "Root"
    alias = "DialogRoot"

    open: rx.Var[bool] = field(doc="Whether it is open.")
    on_open_change: OpenChange = field(doc="Dismissed with Esc, a click outside or the close button.")


class DialogTrigger(_Dialog):
    """A button that opens the dialog; it renders the button itself."""

    tag = "Trigger"
    alias = "DialogTrigger"
    _memoization_mode: ClassVar[MemoizationMode] = MemoizationMode(recursive=False)


class DialogPortal(_Dialog):
    """Lifts the dialog to the end of the page."""

    tag = "Portal"
    alias = "DialogPortal"


class DialogOverlay(_Dialog):
    """Dims the page behind."""

    tag = "Overlay"
    alias = "DialogOverlay"


class DialogContent(_Dialog):
    """The panel; keeps focus inside."""

    tag = "Content"
    alias = "DialogContent"


class DialogTitle(_Dialog):
    """The name of the dialog."""

    tag = "Title"
    alias = "DialogTitle"


class DialogDescription(_Dialog):
    """One sentence on what it is about."""

    tag = "Description"
    alias = "DialogDescription"


class DialogClose(_Dialog):
    """A button that closes the dialog; it renders the button itself."""

    tag = "Close"
    alias = "DialogClose"
