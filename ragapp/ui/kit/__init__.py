"""The kit: every building block of the interface, styled once in `assets/kit.css`. Pages compose, never restyle."""

from ragapp.ui.kit.actions import button, button_class, button_link, icon_button, icon_link
from ragapp.ui.kit.charts import Series, bar_chart, chart_grid, line_chart
from ragapp.ui.kit.chips import Chip, filter_chips
from ragapp.ui.kit.data import data_table, labelled_cell, tabs
from ragapp.ui.kit.display import (
    badge,
    card,
    icon,
    kbd,
    mod_key,
    notice,
    progress_bar,
    skeleton,
    skeleton_lines,
    spinner,
    tooltip,
)
from ragapp.ui.kit.fields import check_field, field, search_field, select, text_area, text_field
from ragapp.ui.kit.filters import (
    PersonOption,
    date_field,
    date_range,
    filter_bar,
    people_picker,
    person_names,
    role_select,
)
from ragapp.ui.kit.forms import post_form
from ragapp.ui.kit.links import link
from ragapp.ui.kit.listings import listing, panel, skeleton_rows
from ragapp.ui.kit.menus import menu, menu_item, menu_label, menu_line, menu_link
from ragapp.ui.kit.overlays import asking_button, bare_layer, confirm_dialog, confirm_typed, dialog, sheet
from ragapp.ui.kit.secrets import copy_field, secret_field
from ragapp.ui.kit.situations import empty_state, error_state
from ragapp.ui.kit.tiles import stat_tile, tile_row
from ragapp.ui.kit.toggles import toggle
from ragapp.ui.kit.types import Tone

__all__ = [
    "Chip",
    "PersonOption",
    "Series",
    "Tone",
    "asking_button",
    "badge",
    "bar_chart",
    "bare_layer",
    "button",
    "button_class",
    "button_link",
    "card",
    "chart_grid",
    "check_field",
    "confirm_dialog",
    "confirm_typed",
    "copy_field",
    "data_table",
    "date_field",
    "date_range",
    "dialog",
    "empty_state",
    "error_state",
    "field",
    "filter_bar",
    "filter_chips",
    "icon",
    "icon_button",
    "icon_link",
    "kbd",
    "labelled_cell",
    "line_chart",
    "link",
    "listing",
    "menu",
    "menu_item",
    "menu_label",
    "menu_line",
    "menu_link",
    "mod_key",
    "notice",
    "panel",
    "people_picker",
    "person_names",
    "post_form",
    "progress_bar",
    "role_select",
    "search_field",
    "secret_field",
    "select",
    "sheet",
    "skeleton",
    "skeleton_lines",
    "skeleton_rows",
    "spinner",
    "stat_tile",
    "tabs",
    "text_area",
    "text_field",
    "tile_row",
    "toggle",
    "tooltip",
]
