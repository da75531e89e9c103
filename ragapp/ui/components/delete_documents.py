"""The one question before documents go: it says exactly what goes."""

from typing import Any

import reflex as rx

from ragapp.ui import kit
from ragapp.ui.i18n import t, tn
from ragapp.ui.states.selection import SelectionState

_selection: Any = SelectionState


def delete_documents_dialog() -> rx.Component:
    """Ask before the documents of `_selection.doomed_ids` are deleted."""
    count, passages = _selection.doomed_ids.length(), _selection.doomed_passages
    one = t("Delete “{name}”?", name=_selection.doomed_names[0])
    many = tn("Delete {n} document?", "Delete {n} documents?", count)
    return kit.confirm_dialog(
        title=rx.cond(count == 1, one, many),
        text=rx.Var.create(f"{_names(count)}{_what_goes(passages)}"),
        confirm=tn("Delete {n} document", "Delete {n} documents", count),
        is_open=_selection.is_asking,
        on_open_change=_selection.set_asking,
        on_confirm=_selection.delete,
    )


def _names(count: rx.Var[int]) -> rx.Var[str]:
    names = _selection.doomed_names
    more = count - names.length()
    rest = rx.cond(more > 0, tn(" and {n} more", " and {n} more", more), "")
    return rx.cond(count > 1, rx.Var.create(f"{names.join(', ')}{rest}. "), "")


def _what_goes(passages: rx.Var[int]) -> rx.Var[str]:
    first = tn(
        "The original and {n} passage are deleted for everyone in your organisation.",
        "The originals and {n} passages are deleted for everyone in your organisation.",
        passages,
    )
    return rx.Var.create(f"{first} {t('Answers already given keep their text. This cannot be undone.')}")
