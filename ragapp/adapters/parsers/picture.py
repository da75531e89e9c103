"""Scans and photographs (PNG, JPEG, TIFF, WebP): pages without text until it is recognised."""

import ctypes
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ragapp.adapters.parsers.exif import read_orientation
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.ocr_engine import Picture, holding, load_leptonica
from ragapp.core.errors import DocumentTooComplex, ParseFailed
from ragapp.rag.types import PageSpan, ParsedDocument

_TIFF_STARTS = (b"II*\0", b"MM\0*")
# By EXIF orientation: whether the picture is mirrored, and by how many degrees it is to be turned then.
_HELD = {
    **{1: (False, 0), 2: (True, 0), 3: (False, 180), 4: (True, 180)},
    **{5: (True, 270), 6: (False, 90), 7: (True, 90), 8: (False, 270)},
}
_HEADER_FIELDS = 5
_TIFF_HEADER_FIELDS = 6


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the pages of a picture, none of which has text yet; only headers are read.

    Raises:
        ParseFailed: it is damaged. DocumentTooComplex: more pages or pixels than allowed.
        TextRecognitionMissing: nothing here can read pictures.
    """
    pages = tuple(PageSpan(number, 0, 0) for number in range(1, _count_pages(data, limits) + 1))
    return ParsedDocument("", pages, unread=tuple(page.number for page in pages))


@contextmanager
def open_page(data: bytes, limits: ParseLimits, page: int) -> Iterator[Picture]:
    """Decode one page (from 1), upright as the camera says, made smaller where it is larger than recognition needs.

    Raises:
        ParseFailed: it is damaged. DocumentTooComplex: more pixels than allowed.
    """
    library = load_leptonica()
    width, height = _size(library, data, limits, page)
    is_tiff = data.startswith(_TIFF_STARTS)
    decoded = library.pixReadMemTiff(data, len(data), page - 1) if is_tiff else library.pixReadMem(data, len(data))
    with holding(decoded, library) as picture:
        shrink = (limits.recognised_pixel_count / (width * height)) ** 0.5
        with ExitStack() as held:
            if shrink < 1:
                scaled = library.pixScaleToSize(picture.handle, int(width * shrink), int(height * shrink))
                picture = held.enter_context(holding(scaled, library))
            is_mirrored, clockwise = _HELD[read_orientation(data)]
            if is_mirrored:
                picture = held.enter_context(holding(library.pixFlipLR(None, picture.handle), library))
            yield held.enter_context(turned(picture, clockwise))


@contextmanager
def turned(picture: Picture, clockwise: int) -> Iterator[Picture]:
    """Turn a picture by a multiple of 90 degrees."""
    if clockwise == 0:
        yield picture
        return
    library = load_leptonica()
    with holding(library.pixRotateOrth(picture.handle, clockwise // 90), library) as upright:
        # The turned copy keeps the resolution of the original only where that was stated.
        upright.resolution = picture.resolution
        yield upright


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
