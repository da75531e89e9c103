"""Scans and photographs (PNG, JPEG, TIFF, WebP): pages without text until it is recognised."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.ocr_engine import Picture, holding, load_leptonica
from ragapp.core.errors import DocumentTooComplex, ParseFailed
from ragapp.rag.types import PageSpan, ParsedDocument

_TIFF_STARTS = (b"II*\0", b"MM\0*")
_HEADER_FIELDS = 5
_TIFF_HEADER_FIELDS = 6


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the pages of a picture, none of which has text yet; only headers are read.

    Raises:
        ParseFailed: it is damaged. DocumentTooComplex: more pages or pixels than allowed.
        TextRecognitionMissing: nothing here can read pictures.
    """
    count = _count_pages(data, limits)
    return ParsedDocument("", tuple(PageSpan(number, 0, 0) for number in range(1, count + 1)))


def find_unread(data: bytes, limits: ParseLimits, document: ParsedDocument) -> tuple[int, ...]:  # noqa: ARG001
    """Return the pages whose text is still to be recognised: all of them."""
    return tuple(page.number for page in document.pages)


@contextmanager
def open_page(data: bytes, limits: ParseLimits, page: int) -> Iterator[Picture]:
    """Decode one page (from 1), made smaller where it is larger than recognition needs.

    Raises:
        ParseFailed: it is damaged. DocumentTooComplex: more pixels than allowed.
    """
    library = load_leptonica()
    width, height = _size(library, data, limits, page)
    is_tiff = data.startswith(_TIFF_STARTS)
    decoded = library.pixReadMemTiff(data, len(data), page - 1) if is_tiff else library.pixReadMem(data, len(data))
    with holding(decoded, library) as picture:
        shrink = (limits.recognised_pixel_count / (width * height)) ** 0.5
        if shrink >= 1:
            yield picture
            return
        scaled = library.pixScaleToSize(picture.handle, int(width * shrink), int(height * shrink))
        with holding(scaled, library) as smaller:
            yield smaller


def _count_pages(data: bytes, limits: ParseLimits) -> int:
    library = load_leptonica()
    _size(library, data, limits, 1)
    if not data.startswith(_TIFF_STARTS):
        return 1
    count = 1
    while _tiff_size(library, data, count + 1) is not None:
        count += 1
        if count > limits.page_count:
            raise DocumentTooComplex(details={"limit_page_count": limits.page_count})
    return count


def _size(library: ctypes.CDLL, data: bytes, limits: ParseLimits, page: int) -> tuple[int, int]:
    """Return width and height as the header states them; a decoder allocates by the same header."""
    size = _tiff_size(library, data, page) if data.startswith(_TIFF_STARTS) else _plain_size(library, data)
    if size is None or min(size) < 1:
        raise ParseFailed(details={"cause": "picture_header"})
    if size[0] * size[1] > limits.picture_pixel_count:
        raise DocumentTooComplex(details={"limit_picture_pixel_count": limits.picture_pixel_count})
    return size


def _plain_size(library: ctypes.CDLL, data: bytes) -> tuple[int, int] | None:
    fields = [ctypes.c_int() for _ in range(_HEADER_FIELDS + 1)]
    failed = library.pixReadHeaderMem(data, len(data), *map(ctypes.byref, fields))
    return None if failed else (fields[1].value, fields[2].value)


def _tiff_size(library: ctypes.CDLL, data: bytes, page: int) -> tuple[int, int] | None:
    fields = [ctypes.c_int() for _ in range(_TIFF_HEADER_FIELDS + 1)]
    failed = library.readHeaderMemTiff(data, len(data), page - 1, *map(ctypes.byref, fields))
    return None if failed else (fields[0].value, fields[1].value)
