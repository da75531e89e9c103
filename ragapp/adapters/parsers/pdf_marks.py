"""Rectangles painted on PDF pages in memory: marks on passages, and white over text."""

from collections.abc import Iterable

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.pdf_values import Box

_AMBER = (0xF5, 0xC5, 0x42)
_AMBER_ALPHA = 150
_WHITE = (0xFF, 0xFF, 0xFF)
_OPAQUE = 255
_PADDING_PT = 1.0


def paint_marks(page: pypdfium2.PdfPage, boxes: Iterable[Box]) -> None:
    """Put an amber ground under boxes of a page, in its own coordinates."""
    for box in boxes:
        # Multiplied, the ground colours the paper and leaves the letters as dark as they were.
        _paint(page, box, _AMBER, _AMBER_ALPHA, b"Multiply")


def paint_white(page: pypdfium2.PdfPage, boxes: Iterable[Box]) -> None:
    """Cover boxes of a page, in its own coordinates."""
    for box in boxes:
        _paint(page, box, _WHITE, _OPAQUE, b"Normal")


def _paint(page: pypdfium2.PdfPage, box: Box, colour: tuple[int, int, int], alpha: int, mode: bytes) -> None:
    width = box.right - box.left + 2 * _PADDING_PT
    rectangle = pdfium.FPDFPageObj_CreateNewRect(box.left - _PADDING_PT, box.bottom, width, box.top - box.bottom)
    pdfium.FPDFPageObj_SetFillColor(rectangle, *colour, alpha)
    pdfium.FPDFPageObj_SetBlendMode(rectangle, mode)
    pdfium.FPDFPath_SetDrawMode(rectangle, pdfium.FPDF_FILLMODE_WINDING, False)
    pdfium.FPDFPage_InsertObject(page.raw, rectangle)
