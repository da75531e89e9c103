"""A picture of one PDF page with a passage of the extracted text marked on it."""

from collections.abc import Iterator, Sequence

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_layout import PlacedPage, lay_out
from ragapp.adapters.parsers.pdf_lines import Box, char_boxes, open_pdf, read_pages
from ragapp.adapters.parsers.png import encode_png
from ragapp.adapters.parsers.wire import PictureRequest
from ragapp.core.errors import NotFound

_SCALE = 1.6
_MAX_WIDTH_PX = 1400
_MAX_HEIGHT_PX = 3000
_AMBER = (0xF5, 0xC5, 0x42)
_AMBER_ALPHA = 150
_PADDING_PT = 1.0


def draw_page(data: bytes, limits: ParseLimits, request: PictureRequest) -> bytes:
    """Return a PNG, at most 1400 px wide, of a page with the requested characters on an amber ground.

    Raises:
        NotFound: there is no such page.
        EncryptedFile, ParseFailed, DocumentTooComplex: as in `pdf.parse`.
    """
    document = open_pdf(data, limits)
    if not 1 <= request.page <= len(document):
        raise NotFound(details={"page": request.page})
    page = document[request.page - 1]
    if request.start < request.end:
        _, placed = lay_out(list(read_pages(document)))
        _mark(page, _marked_boxes(page, placed[request.page - 1], request))
    width, height = page.get_size()
    scale = min(_SCALE, _MAX_WIDTH_PX / width, _MAX_HEIGHT_PX / height)
    bitmap = page.render(scale=scale, rev_byteorder=True)
    return encode_png(bitmap.buffer, bitmap.width, bitmap.height, stride_bytes=bitmap.stride)


def _marked_boxes(page: pypdfium2.PdfPage, placed: PlacedPage, request: PictureRequest) -> Iterator[Box]:
    textpage = page.get_textpage()
    for line in placed.lines:
        first = max(0, request.start - line.start)
        last = min(line.length, request.end - line.start)
        if first < last:
            yield from _merge_rows(char_boxes(textpage, line.line.origins[first:last]))


def _merge_rows(boxes: Sequence[Box]) -> Iterator[Box]:
    """Yield one box per row: a line whose word was broken stands on two."""
    row = boxes[0]
    for box in boxes[1:]:
        if box.top < row.bottom or box.bottom > row.top:
            yield row
            row = box
        else:
            row = Box(
                min(row.left, box.left), min(row.bottom, box.bottom), max(row.right, box.right), max(row.top, box.top)
            )
    yield row


def _mark(page: pypdfium2.PdfPage, boxes: Iterator[Box]) -> None:
    for box in boxes:
        rectangle = pdfium.FPDFPageObj_CreateNewRect(
            box.left - _PADDING_PT, box.bottom, box.right - box.left + 2 * _PADDING_PT, box.top - box.bottom
        )
        pdfium.FPDFPageObj_SetFillColor(rectangle, *_AMBER, _AMBER_ALPHA)
        # Multiplied, the ground colours the paper and leaves the letters as dark as they were.
        pdfium.FPDFPageObj_SetBlendMode(rectangle, b"Multiply")
        pdfium.FPDFPath_SetDrawMode(rectangle, pdfium.FPDF_FILLMODE_WINDING, False)
        pdfium.FPDFPage_InsertObject(page.raw, rectangle)
