"""Text of one page that is a picture, laid out by the same rules as a text layer."""

import pypdfium2  # type: ignore[import-untyped]

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.ocr_engine import RecognisedLine, load_engine
from ragapp.adapters.parsers.pdf_furniture import Furniture
from ragapp.adapters.parsers.pdf_headings import find_headings
from ragapp.adapters.parsers.pdf_layout import lay_out
from ragapp.adapters.parsers.pdf_lines import Page, clean_line, open_pdf
from ragapp.adapters.parsers.pdf_values import Box, Line
from ragapp.adapters.parsers.picture import open_page
from ragapp.core.errors import NotFound
from ragapp.core.file_types import PDF
from ragapp.rag.types import ParsedDocument

_POINTS_PER_INCH = 72
_RESOLUTION = 300
_LEAST_SIZE_PT = 4.0
_DESCENT = 0.22
_NO_FURNITURE = Furniture(frozenset(), {})


def recognise(data: bytes, limits: ParseLimits, content_type: str, page: int) -> ParsedDocument:
    """Return text and headings of page `page` (from 1) of a PDF or picture; no text where none is seen.

    Raises:
        NotFound: there is no such page. DocumentTooComplex: it takes longer than allowed.
        EncryptedFile, ParseFailed: as when the file was read. TextRecognitionMissing: it is not installed.
    """
    recognised = read_picture_page(data, limits, content_type, page)
    text, placed = lay_out([recognised], _NO_FURNITURE)
    return ParsedDocument(text, headings=find_headings(placed))


def read_picture_page(data: bytes, limits: ParseLimits, content_type: str, page: int) -> Page:
    """Return the recognised lines of a page, in points."""
    engine = load_engine()
    if content_type == PDF:
        return _read_pdf_page(data, limits, page)
    with open_page(data, limits, page) as picture:
        lines = engine.recognise_picture(picture, time_s=limits.recognition_page_s)
        return _page(lines, picture.height, picture.resolution)


def _read_pdf_page(data: bytes, limits: ParseLimits, number: int) -> Page:
    document = open_pdf(data, limits)
    if not 1 <= number <= len(document):
        raise NotFound(details={"page": number})
    page: pypdfium2.PdfPage = document[number - 1]
    width, height = page.get_size()
    most = (limits.recognised_pixel_count / max(width * height, 1.0)) ** 0.5
    scale = min(_RESOLUTION / _POINTS_PER_INCH, most)
    bitmap = page.render(scale=scale, grayscale=True)
    resolution = round(scale * _POINTS_PER_INCH)
    lines = load_engine().recognise_pixels(
        bytes(bitmap.buffer),
        bitmap.width,
        bitmap.height,
        stride_bytes=bitmap.stride,
        resolution=resolution,
        time_s=limits.recognition_page_s,
    )
    return _page(lines, bitmap.height, resolution)


def _page(lines: list[RecognisedLine], height_px: int, resolution: int) -> Page:
    scale = _POINTS_PER_INCH / resolution
    placed = (_line(line, height_px, scale) for line in lines)
    return Page(height_px * scale, tuple(line for line in placed if line is not None))


def _line(line: RecognisedLine, height_px: int, scale: float) -> Line | None:
    """Return a line as a text layer would give it: as high as its type, whatever letters it holds."""
    text, origins = clean_line(line.text, 0)
    if not any(map(str.isalnum, text)):
        return None
    size = max(_LEAST_SIZE_PT, line.size * scale)
    bottom = (height_px - line.baseline) * scale - _DESCENT * size
    box = Box(line.box.left * scale, bottom, line.box.right * scale, bottom + size)
    return Line(text, origins, box, size)
