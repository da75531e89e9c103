"""What is drawn on a PDF page: the objects, with their kinds."""

import ctypes

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

DrawnObject = tuple[ctypes.c_void_p, int]
"""An object of a page and its kind, one of `FPDF_PAGEOBJ_…`."""

MAX_OBJECTS = 4000


def list_objects(page: pypdfium2.PdfPage) -> list[DrawnObject]:
    """Return the objects drawn on a page itself that are no text; none where there are more than can be looked at."""
    count = pdfium.FPDFPage_CountObjects(page.raw)
    if count > MAX_OBJECTS:
        return []
    objects = (pdfium.FPDFPage_GetObject(page.raw, number) for number in range(count))
    kinds = ((item, pdfium.FPDFPageObj_GetType(item)) for item in objects)
    return [(item, kind) for item, kind in kinds if kind != pdfium.FPDF_PAGEOBJ_TEXT]
