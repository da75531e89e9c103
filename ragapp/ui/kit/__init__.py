"""The kit: every building block of the interface, styled once in `assets/kit.css`. Pages compose, never restyle."""

from ragapp.ui.kit.actions import button, button_link, icon_button, icon_link
from ragapp.ui.kit.data import data_table, tabs
from ragapp.ui.kit.display import (
    badge,
    card,
    icon,
    kbd,
    notice,
    progress_bar,
    skeleton,
    skeleton_lines,
    spinner,
    tooltip,
)
from ragapp.ui.kit.fields import field, search_field, select, text_area, text_field
from ragapp.ui.kit.forms import post_form
from ragapp.ui.kit.links import link
from ragapp.ui.kit.menus import menu, menu_item, menu_label, menu_line, menu_link
from ragapp.ui.kit.overlays import bare_layer, confirm_dialog, dialog, sheet
from ragapp.ui.kit.situations import empty_state, error_state
from ragapp.ui.kit.types import Tone

__all__ = [
    "Tone",
    "badge",
    "bare_layer",
    "button",
    "button_link",
    "card",
    "confirm_dialog",
    "data_table",
    "dialog",
    "empty_state",
    "error_state",
    "field",
    "icon",
    "icon_button",
    "icon_link",
    "kbd",
    "link",
    "menu",
    "menu_item",
    "menu_label",
    "menu_line",
    "menu_link",
    "notice",
    "post_form",
    "progress_bar",
    "search_field",
    "select",
    "sheet",
    "skeleton",
    "skeleton_lines",
    "spinner",
    "tabs",
    "text_area",
    "text_field",
    "tooltip",
]
