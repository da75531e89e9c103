"""A picture of one PDF page with a passage of the extracted text marked on it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2  # type: ignore[import-untyped]

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_furniture import Furniture, find_furniture
from ragapp.adapters.parsers.pdf_layout import PlacedLine, lay_out, lay_out_page
from ragapp.adapters.parsers.pdf_lines import char_boxes, open_pdf, read_page, read_pages
from ragapp.adapters.parsers.pdf_marks import paint_marks
from ragapp.adapters.parsers.pdf_values import Box, Page
from ragapp.adapters.parsers.png import encode_png
from ragapp.adapters.parsers.scans import SEPARATOR
from ragapp.adapters.parsers.wire import PictureRequest
from ragapp.core.errors import NotFound, TextRecognitionMissing
from ragapp.core.file_types import PDF

_SCALE = 1.6
_MAX_WIDTH_PX = 1400
_MAX_HEIGHT_PX = 3000
_NO_FURNITURE = Furniture(frozenset(), {})


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and the layout of the whole document as far as it was needed to place the mark."""

    png: bytes
    layout: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What it takes to lay out any one page alone: the furniture, and where each page starts in the text."""

    furniture: Furniture
    starts: tuple[int, ...]

    def dump(self) -> str:
        """Return the layout as JSON."""
        return json.dumps([sorted(self.furniture.repeating), dict(self.furniture.kept_on), self.starts])

    @classmethod
    def load(cls, dumped: str) -> "Layout":
        """Read what `dump` wrote."""
        repeating, kept_on, starts = json.loads(dumped)
        return cls(Furniture(frozenset(repeating), kept_on), tuple(starts))


def draw_page(data: bytes, limits: ParseLimits, request: PictureRequest) -> Picture:
    """Return a PNG, at most 1400 px wide, of a page with the requested characters on an amber ground.

    Without `request.layout` the whole document is laid out first, which takes seconds where it is long; with the layout
    of an earlier picture of the same bytes only the page itself is read.

    Raises:
        NotFound: there is no such page.
        EncryptedFile, ParseFailed, DocumentTooComplex: as in `pdf.parse`.
    """
    document = open_pdf(data, limits)
    if not 1 <= request.page <= len(document):
        raise NotFound(details={"page": request.page})
    page = document[request.page - 1]
    layout = request.layout
    if request.start < request.end:
        known = Layout.load(layout) if layout else _lay_out_all(document)
        paint_marks(page, list(_boxes(data, limits, page, known, request)))
        layout = layout or known.dump()
    width, height = page.get_size()
    scale = min(_SCALE, _MAX_WIDTH_PX / width, _MAX_HEIGHT_PX / height)
    bitmap = page.render(scale=scale, rev_byteorder=True)
    return Picture(encode_png(bitmap.buffer, bitmap.width, bitmap.height, stride_bytes=bitmap.stride), layout)


def _boxes(
    data: bytes, limits: ParseLimits, page: pypdfium2.PdfPage, layout: Layout, request: PictureRequest
) -> Iterator[Box]:
    """Yield the place of the passage in the page's own coordinates: in what the file says there, or what is seen."""
    read = read_page(page)
    within = _within_file(layout, request)
    placed = lay_out_page(read, request.page, layout.furniture, start=layout.starts[request.page - 1])
    yield from _marked_boxes(page, read, placed, within)
    if not read.is_unread or request.page_start < 0:
        return
    said = placed[-1].start + placed[-1].length - layout.starts[request.page - 1] + len(SEPARATOR) if placed else 0
    yield from _recognised_boxes(data, limits, request, request.page_start + said)


def _recognised_boxes(data: bytes, limits: ParseLimits, request: PictureRequest, start: int) -> Iterator[Box]:
    """Yield the place of the passage in a picture that is recognised once more to find it; its text is at `start`."""
    from ragapp.adapters.parsers.recognition import read_picture_page

    if request.end <= start:
        return
    try:
        page = read_picture_page(data, limits, PDF, request.page)
    except TextRecognitionMissing:
        return
    for placed in lay_out_page(page, 1, _NO_FURNITURE, start=start):
        first = max(0, request.start - placed.start)
        last = min(placed.length, request.end - placed.start)
        if first < last:
            box = placed.line.box
            width = (box.right - box.left) / max(len(placed.line.text), 1)
            yield page.frame.turn_back(Box(box.left + first * width, box.bottom, box.left + last * width, box.top))


def _within_file(layout: Layout, request: PictureRequest) -> PictureRequest:
    """Return the request with the offsets the text would have without what was recognised on other pages."""
    shift = layout.starts[request.page - 1] - request.page_start if request.page_start >= 0 else 0
    return replace(request, start=request.start + shift, end=request.end + shift)


def _lay_out_all(document: pypdfium2.PdfDocument) -> Layout:
    pages = list(read_pages(document))
    furniture = find_furniture(pages)
    _, placed = lay_out(pages, furniture)
    return Layout(furniture, tuple(page.start for page in placed))


def _marked_boxes(
    page: pypdfium2.PdfPage, read: Page, placed: Sequence[PlacedLine], request: PictureRequest
) -> Iterator[Box]:
    textpage = page.get_textpage()
    for line in placed:
        first = max(0, request.start - line.start)
        last = min(line.length, request.end - line.start)
        if first < last:
            yield from map(read.frame.turn_back, _merge_rows(char_boxes(textpage, read, line.line.origins[first:last])))


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
