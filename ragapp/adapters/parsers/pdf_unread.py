"""Whether the pictures on a PDF page hold more than its text layer says."""

import ctypes
from collections.abc import Iterator, Sequence

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.pdf_objects import MAX_OBJECTS, DrawnObject
from ragapp.adapters.parsers.pdf_values import Box, Frame, Line

_CELLS = 24
_COVERED_SHARE = 0.3
_ENOUGH_CHARS = 400
"""On a picture as large as the page: that is a text layer, not a stamp."""
_WIDTH_PX = 400
_INK_DIFFERENCE = 56
_MOST_INK_SHARE = 0.35
_LEAST_INK_SHARE = 0.002
_LEFT_SHARE = 0.2
_TEXT_PADDING_PT = 2.5


def is_unread(
    page: pypdfium2.PdfPage, drawn: Sequence[DrawnObject], frame: Frame, lines: Sequence[Line]
) -> bool:
    """Return whether something on a page is still to be recognised.

    A page without any text is, if it shows anything. One with text is, if pictures cover a good part of it, little text
    stands on them, and most of what looks like ink on paper lies outside of the text.
    """
    if not lines:
        return bool(pdfium.FPDFPage_CountObjects(page.raw) > 0)
    pictures = [box for box in _pictures(drawn) if box is not None]
    share = _covered_share(pictures, frame.bounds) if pictures else 0.0
    if share < _COVERED_SHARE:
        return False
    turned = [frame.turn(box) for box in pictures]
    chars = sum(len(line.text) for line in lines if any(_holds(picture, line.box) for picture in turned))
    return chars < _ENOUGH_CHARS * share and _ink_is_left(page, frame, lines)


def _holds(picture: Box, box: Box) -> bool:
    """Return whether the middle of a box lies on a picture."""
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    return picture.left <= x <= picture.right and picture.bottom <= y <= picture.top


def _pictures(drawn: Sequence[DrawnObject]) -> Iterator[Box | None]:
    for item, kind in drawn:
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE or (kind == pdfium.FPDF_PAGEOBJ_FORM and _holds_picture(item)):
            yield _bounds(item)


def _holds_picture(form: ctypes.c_void_p) -> bool:
    count = min(pdfium.FPDFFormObj_CountObjects(form), MAX_OBJECTS)
    kinds = (pdfium.FPDFPageObj_GetType(pdfium.FPDFFormObj_GetObject(form, number)) for number in range(count))
    return any(kind == pdfium.FPDF_PAGEOBJ_IMAGE for kind in kinds)


def _bounds(item: ctypes.c_void_p) -> Box | None:
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(item, *map(ctypes.byref, edges)):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    return Box(left, bottom, right, top)


def _covered_share(pictures: Sequence[Box], bounds: Box) -> float:
    """Return the share of a page that pictures cover, counted in cells, so that overlaps count once."""
    width, height = (bounds.right - bounds.left) / _CELLS, (bounds.top - bounds.bottom) / _CELLS
    if width <= 0 or height <= 0:
        return 0.0
    covered = 0
    for row in range(_CELLS):
        y = bounds.bottom + (row + 0.5) * height
        across = [box for box in pictures if box.bottom <= y <= box.top]
        for column in range(_CELLS if across else 0):
            x = bounds.left + (column + 0.5) * width
            covered += any(box.left <= x <= box.right for box in across)
    return covered / _CELLS**2


def _ink_is_left(page: pypdfium2.PdfPage, frame: Frame, lines: Sequence[Line]) -> bool:
    """Return whether a small picture of the page, its text taken out, still looks written on."""
    page_width, page_height = page.get_size()
    scale = _WIDTH_PX / max(page_width, page_height, 1.0)
    bitmap = page.render(scale=scale, grayscale=True, rotation=(frame.clockwise - page.get_rotation()) % 360)
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = bytes(bitmap.buffer)
    paper = max(range(256), key=lambda grey: pixels.count(grey))
    ink = bytearray(pixels.translate(bytes(abs(grey - paper) > _INK_DIFFERENCE for grey in range(256))))
    whole = ink.count(1)
    if not _LEAST_INK_SHARE <= whole / len(ink) <= _MOST_INK_SHARE:
        return False  # an empty sheet, or a photograph behind the text
    for line in lines:
        box = line.box
        left = max(0, int((box.left - _TEXT_PADDING_PT) * scale))
        right = min(width, int((box.right + _TEXT_PADDING_PT) * scale) + 1)
        top = max(0, int(height - (box.top + _TEXT_PADDING_PT) * scale))
        bottom = min(height, int(height - (box.bottom - _TEXT_PADDING_PT) * scale) + 1)
        for row in range(top, bottom if left < right else top):
            ink[row * stride + left : row * stride + right] = bytes(right - left)
    left_over = ink.count(1)
    return left_over >= _LEAST_INK_SHARE * len(ink) and left_over >= _LEFT_SHARE * whole
