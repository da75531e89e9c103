"""Tesseract and Leptonica through their C interfaces. Only the confined processes may import this.

As a library it needs neither a process of its own nor the right to start one: it lives and dies with the child, under
the child's limits.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property

from ragapp.adapters.parsers.ocr_install import OcrInstallation, find_ocr
from ragapp.core.errors import DocumentTooComplex, ParseFailed, TextRecognitionMissing

_PAGE_SEGMENTATION_ORIENTATION, _PAGE_SEGMENTATION_AUTO = 0, 3
_SURE_ORIENTATION = 1.0
_LEVEL_LINE, _LEVEL_WORD = 2, 3
_SEVERITY_NONE = 6
_NO_RESOLUTION = 70
_ASSUMED_RESOLUTION = 200


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; y grows downwards."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """A line as it was recognised; `baseline` in pixels from the top, `size` the type size in pixels.

    `confidence` in percent is the engine's own.
    """

    text: str
    box: Box
    baseline: float
    size: float
    confidence: float


class Picture:
    """A decoded picture, freed when its block ends."""

    def __init__(self, handle: ctypes.c_void_p, library: ctypes.CDLL) -> None:
        self.handle = handle
        self.width = library.pixGetWidth(handle)
        self.height = library.pixGetHeight(handle)
        resolution = library.pixGetXRes(handle)
        self.resolution = resolution if resolution > _NO_RESOLUTION else _ASSUMED_RESOLUTION


class OcrEngine:
    """One loaded engine; it is made before the fork where possible, since loading takes longer than a small page."""

    def __init__(self, installation: OcrInstallation) -> None:
        self.leptonica = _leptonica(installation)
        self._tesseract = _tesseract(installation)
        self._api = ctypes.c_void_p(self._tesseract.TessBaseAPICreate())
        self._data_folder = installation.data_folder
        languages = "+".join(installation.languages).encode()
        if self._tesseract.TessBaseAPIInit3(self._api, str(installation.data_folder).encode(), languages) != 0:
            raise TextRecognitionMissing
        self._tesseract.TessBaseAPISetPageSegMode(self._api, _PAGE_SEGMENTATION_AUTO)

    def recognise_picture(self, picture: Picture, *, time_s: float) -> list[RecognisedLine]:
        """Return the lines of a picture in reading order."""
        self._tesseract.TessBaseAPISetImage2(self._api, picture.handle)
        return self._recognise(picture.resolution, time_s)

    def recognise_pixels(
        self, pixels: bytes, width: int, height: int, *, stride_bytes: int, resolution: int, time_s: float
    ) -> list[RecognisedLine]:
        """Return the lines of a picture given as rows of grey bytes.

        Raises:
            DocumentTooComplex: it takes longer than `time_s`.
        """
        self._tesseract.TessBaseAPISetImage(self._api, pixels, width, height, 1, stride_bytes)
        return self._recognise(resolution, time_s)

    def find_orientation(self, resolution: int) -> int | None:
        """Return by how many degrees the text of the picture that was recognised last is turned clockwise.

        None where that cannot be told: hardly any letters, or no data for it installed.
        """
        if self._orientation is None:
            return None
        library, api = self._tesseract, self._orientation
        image = library.TessBaseAPIGetInputImage(self._api)
        if not image:
            return None
        library.TessBaseAPISetImage2(api, ctypes.c_void_p(image))
        library.TessBaseAPISetSourceResolution(api, resolution)
        degrees, sureness = ctypes.c_int(), ctypes.c_float()
        script, script_sureness = ctypes.c_char_p(), ctypes.c_float()
        found = library.TessBaseAPIDetectOrientationScript(
            api,
            ctypes.byref(degrees),
            ctypes.byref(sureness),
            ctypes.byref(script),
            ctypes.byref(script_sureness),
        )
        return degrees.value if found and sureness.value >= _SURE_ORIENTATION else None

    @cached_property
    def _orientation(self) -> ctypes.c_void_p | None:
        """The engine's other half, which tells how a page lies; loaded for the first page that reads badly."""
        api = ctypes.c_void_p(self._tesseract.TessBaseAPICreate())
        if self._tesseract.TessBaseAPIInit3(api, str(self._data_folder).encode(), b"osd") != 0:
            return None
        self._tesseract.TessBaseAPISetPageSegMode(api, _PAGE_SEGMENTATION_ORIENTATION)
        return api

    def _recognise(self, resolution: int, time_s: float) -> list[RecognisedLine]:
        library = self._tesseract
        library.TessBaseAPISetSourceResolution(self._api, resolution)
        monitor = ctypes.c_void_p(library.TessMonitorCreate())
        library.TessMonitorSetDeadlineMSecs(monitor, int(time_s * 1000))
        if library.TessBaseAPIRecognize(self._api, monitor) != 0:
            raise DocumentTooComplex(details={"limit_recognition_page_s": time_s})
        results = library.TessBaseAPIGetIterator(self._api)
        return list(_lines(library, ctypes.c_void_p(results), resolution)) if results else []


@cache
def load_engine() -> OcrEngine:
    """Return the engine of this process.

    Raises:
        TextRecognitionMissing: it is not installed.
    """
    installation = find_ocr()
    if installation is None:
        raise TextRecognitionMissing
    return OcrEngine(installation)


@cache
def load_leptonica() -> ctypes.CDLL:
    """Return the picture library alone.

    Raises:
        TextRecognitionMissing: it is not installed.
    """
    installation = find_ocr()
    if installation is None:
        raise TextRecognitionMissing
    return _leptonica(installation)


@contextmanager
def holding(handle: int | None, library: ctypes.CDLL) -> Iterator[Picture]:
    """Use a picture that Leptonica made, and free it.

    Raises:
        ParseFailed: it could not make one.
    """
    if not handle:
        raise ParseFailed(details={"cause": "picture"})
    owned = ctypes.c_void_p(handle)
    try:
        yield Picture(owned, library)
    finally:
        library.pixDestroy(ctypes.byref(owned))


def _lines(library: ctypes.CDLL, results: ctypes.c_void_p, resolution: int) -> Iterator[RecognisedLine]:
    page = ctypes.c_void_p(library.TessResultIteratorGetPageIterator(results))
    while True:
        pointer = library.TessResultIteratorGetUTF8Text(results, _LEVEL_LINE)
        if pointer:
            text = ctypes.string_at(pointer).decode("utf-8", "replace")
            library.TessDeleteText(ctypes.c_void_p(pointer))
            yield _line(library, results, page, text, resolution)
        if not library.TessResultIteratorNext(results, _LEVEL_LINE):
            return


def _line(
    library: ctypes.CDLL, results: ctypes.c_void_p, page: ctypes.c_void_p, text: str, resolution: int
) -> RecognisedLine:
    edges = [ctypes.c_int() for _ in range(4)]
    library.TessPageIteratorBoundingBox(page, _LEVEL_LINE, *map(ctypes.byref, edges))
    left, top, right, bottom = (edge.value for edge in edges)
    ends = [ctypes.c_int() for _ in range(4)]
    library.TessPageIteratorBaseline(page, _LEVEL_LINE, *map(ctypes.byref, ends))
    flags = [ctypes.c_int() for _ in range(8)]
    library.TessResultIteratorWordFontAttributes(results, *map(ctypes.byref, flags))
    size_pt = flags[6].value
    size = size_pt * resolution / 72 if size_pt > 0 else float(bottom - top)
    confidence = library.TessResultIteratorConfidence(results, _LEVEL_LINE)
    return RecognisedLine(text, Box(left, top, right, bottom), (ends[1].value + ends[3].value) / 2, size, confidence)


def _leptonica(installation: OcrInstallation) -> ctypes.CDLL:
    library = ctypes.CDLL(str(installation.leptonica))
    for name in ("pixReadMem", "pixReadMemTiff", "pixScaleToSize", "pixRotateOrth", "pixFlipLR"):
        getattr(library, name).restype = ctypes.c_void_p
    library.pixReadMem.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
    library.pixReadMemTiff.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int)
    library.pixReadHeaderMem.argtypes = (ctypes.c_char_p, ctypes.c_size_t, *[ctypes.c_void_p] * 6)
    library.readHeaderMemTiff.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int, *[ctypes.c_void_p] * 7)
    library.setMsgSeverity(_SEVERITY_NONE)
    return library


def _tesseract(installation: OcrInstallation) -> ctypes.CDLL:
    library = ctypes.CDLL(str(installation.tesseract))
    for name in (
        *("TessBaseAPICreate", "TessMonitorCreate", "TessBaseAPIGetIterator", "TessResultIteratorGetUTF8Text"),
        *("TessResultIteratorGetPageIterator", "TessResultIteratorWordFontAttributes", "TessBaseAPIGetInputImage"),
    ):
        getattr(library, name).restype = ctypes.c_void_p
    library.TessResultIteratorConfidence.restype = ctypes.c_float
    return library
