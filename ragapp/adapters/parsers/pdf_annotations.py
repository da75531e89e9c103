"""What people wrote onto a PDF: values of form fields, ticked boxes, notes and comments."""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.pdf_values import Box

_MOST_ANNOTATIONS = 2000
_MOST_CHARS = 200_000
_MOST_OPTIONS = 200
_HIDDEN_FLAGS = 0x2 | 0x20
_PASSWORD_FLAG = 1 << 13
TICKED, NOT_TICKED = "☒", "☐"
_MARKUP = frozenset(
    {
        *(pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_LINE, pdfium.FPDF_ANNOT_SQUARE),
        *(pdfium.FPDF_ANNOT_CIRCLE, pdfium.FPDF_ANNOT_POLYGON, pdfium.FPDF_ANNOT_POLYLINE, pdfium.FPDF_ANNOT_CARET),
        *(pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE, pdfium.FPDF_ANNOT_SQUIGGLY),
        *(pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_INK),
    }
)


class Kind(Enum):
    """What was written where."""

    VALUE = auto()
    """The value of a field, beside its label."""
    TICK = auto()
    """A box to tick."""
    NOTE = auto()
    """A note or comment on what stands there."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One piece of text that is no part of the page's own, in the page's own coordinates; `name` is the field's own."""

    kind: Kind
    text: str
    box: Box
    name: str = ""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What was written onto one page, and how many files hang on it."""

    found: tuple[Annotation, ...] = ()
    attachment_count: int = 0


def read_annotations(page: pypdfium2.PdfPage) -> Annotations:
    """Return what was written onto a page; fields only where the document's forms are open."""
    count = min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_ANNOTATIONS)
    if count <= 0:
        return Annotations()
    found: list[Annotation] = []
    attachment_count = 0
    for number in range(count):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        subtype = pdfium.FPDFAnnot_GetSubtype(annotation)
        if subtype == pdfium.FPDF_ANNOT_FILEATTACHMENT:
            attachment_count += 1
        if not pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN_FLAGS:
            found += _read(page, annotation, subtype)
        pdfium.FPDFPage_CloseAnnot(annotation)
    return Annotations(tuple(found), attachment_count)


def _read(page: pypdfium2.PdfPage, annotation: Any, subtype: int) -> Iterator[Annotation]:
    box = _box(annotation)
    if box is None:
        return
    if subtype == pdfium.FPDF_ANNOT_WIDGET and page.formenv is not None:
        yield from _read_field(page.formenv.raw, annotation, box)
    elif subtype in _MARKUP:
        text = clean_inline(_text(lambda *out: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", *out)))
        if text:
            yield Annotation(Kind.NOTE, text[:_MOST_CHARS], box)


def _read_field(forms: Any, annotation: Any, box: Box) -> Iterator[Annotation]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(forms, annotation)
    name = clean_inline(_text(lambda *out: pdfium.FPDFAnnot_GetFormFieldAlternateName(forms, annotation, *out)))
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        is_ticked = pdfium.FPDFAnnot_IsChecked(forms, annotation)
        yield Annotation(Kind.TICK, TICKED if is_ticked else NOT_TICKED, box, name)
        return
    value = ""
    if kind == pdfium.FPDF_FORMFIELD_LISTBOX:
        marked = ((TICKED if is_chosen else NOT_TICKED, label) for label, is_chosen in _options(forms, annotation))
        value = " ".join(f"{mark} {label}" for mark, label in marked)
    elif kind == pdfium.FPDF_FORMFIELD_COMBOBOX:
        value = ", ".join(label for label, is_chosen in _options(forms, annotation) if is_chosen)
    if kind == pdfium.FPDF_FORMFIELD_TEXTFIELD:
        if pdfium.FPDFAnnot_GetFormFieldFlags(forms, annotation) & _PASSWORD_FLAG:
            return
    elif kind not in (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        return
    value = value or _text(lambda *out: pdfium.FPDFAnnot_GetFormFieldValue(forms, annotation, *out))
    if value := clean_inline(value):
        yield Annotation(Kind.VALUE, value[:_MOST_CHARS], box, name)


def _options(forms: Any, annotation: Any) -> Iterator[tuple[str, bool]]:
    """Yield what the options of a list are called, and whether they are chosen."""
    for number in range(min(pdfium.FPDFAnnot_GetOptionCount(forms, annotation), _MOST_OPTIONS)):
        label = _text(lambda *out, at=number: pdfium.FPDFAnnot_GetOptionLabel(forms, annotation, at, *out))
        if label:
            yield label, bool(pdfium.FPDFAnnot_IsOptionSelected(forms, annotation, number))


def _box(annotation: Any) -> Box | None:
    rect = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(rect)):
        return None
    left, right = sorted((rect.left, rect.right))
    bottom, top = sorted((rect.bottom, rect.top))
    return Box(left, bottom, right, top)


def _text(read: Callable[..., int]) -> str:
    """Return a string that pdfium writes into a buffer, whose size it states first, in bytes."""
    size = min(read(None, 0), 2 * _MOST_CHARS + 2)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").split("\0", 1)[0]
