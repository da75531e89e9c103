"""Notes on how a document was read, in words."""

from typing import Any, cast

import reflex as rx

from ragapp.core.document_notes import NoteCode
from ragapp.ui import kit
from ragapp.ui.i18n import t, tn


def document_notes(notes: Any) -> rx.Component:
    """Show the notes of a document, nothing where there are none.

    Args:
        notes: A Var of `NoteRow`s.
    """
    listed = rx.el.ul(rx.foreach(notes, lambda note: rx.el.li(note_text(note.code, note.count))), class_name="stack")
    return rx.cond(notes, rx.el.aside(kit.notice(listed, icon_name="info"), aria_label=t("How this file was read")))


def note_text(code: Any, count: Any) -> rx.Var[str]:
    """Return what a note says, for a code and a count that are known in the browser only."""
    return cast("rx.Var[str]", rx.match(code, *((each.value, words) for each, words in note_words(count).items()), ""))


def note_words(n: Any) -> dict[NoteCode, rx.Var[str]]:
    """Return what each note says of `n` things."""
    return {
        NoteCode.PAGES_RECOGNISED: tn(
            "The text of {n} page was recognised in a picture; letters may be wrong.",
            "The text of {n} pages was recognised in pictures; letters may be wrong.",
            n,
        ),
        NoteCode.PAGES_UNREAD: tn(
            "{n} page shows something of which no text could be read.",
            "{n} pages show something of which no text could be read.",
            n,
        ),
        NoteCode.PAGES_NOT_WORDS: tn(
            "On {n} page, something was recognised that is not words; it was left out.",
            "On {n} pages, something was recognised that is not words; it was left out.",
            n,
        ),
        NoteCode.ATTACHMENTS_ADDED: tn(
            "{n} file inside this one is a document of its own.",
            "{n} files inside this one are documents of their own.",
            n,
        ),
        NoteCode.ATTACHMENTS_LEFT_OUT: tn(
            "{n} file inside this one could not be read.", "{n} files inside this one could not be read.", n
        ),
        NoteCode.CHARTS_WITHOUT_TEXT: tn(
            "{n} chart or drawing holds no text.", "{n} charts or drawings hold no text.", n
        ),
        NoteCode.MACROS_LEFT_OUT: tn(
            "{n} part with macros was left out.", "{n} parts with macros were left out.", n
        ),
        NoteCode.FORMULAS_WITHOUT_VALUE: tn(
            "{n} cell holds a formula without a calculated value.",
            "{n} cells hold formulas without a calculated value.",
            n,
        ),
        NoteCode.PARTS_LEFT_OUT: tn(
            "{n} part of this file could not be read.", "{n} parts of this file could not be read.", n
        ),
    }
