"""Text of one page that is a picture, laid out by the same rules as a text layer."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.ocr_engine import RecognisedLine, load_engine
from ragapp.adapters.parsers.pdf_furniture import Furniture
from ragapp.adapters.parsers.pdf_headings import find_headings
from ragapp.adapters.parsers.pdf_layout import lay_out
from ragapp.adapters.parsers.pdf_lines import clean_line, open_pdf, read_page
from ragapp.adapters.parsers.pdf_marks import paint_white
from ragapp.adapters.parsers.pdf_values import Box, Frame, Line, Page
from ragapp.adapters.parsers.picture import open_page, turned
from ragapp.adapters.parsers.word_likeness import SURE, keep_words, mean_confidence
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import DocumentTooComplex, NotFound
from ragapp.core.file_types import PDF
from ragapp.rag.types import ParsedDocument

_POINTS_PER_INCH = 72
_RESOLUTION = 300
_LEAST_SIZE_PT = 4.0
_DESCENT = 0.22
_TRIES_SHARE = 0.45
_NO_FURNITURE = Furniture(frozenset(), {})


@dataclass(frozen=True, slots=True)
class _Reading:
    """The lines of a picture that was turned `clockwise` degrees, and its height in pixels then."""

    lines: list[RecognisedLine]
    height: int
    clockwise: int = 0

    @property
    def confidence(self) -> float:
        return mean_confidence(self.lines)


_Recogniser = Callable[[int, float], _Reading]
"""Recognises a picture turned by so many degrees clockwise, within so many seconds."""


def recognise(data: bytes, limits: ParseLimits, content_type: str, page: int) -> ParsedDocument:
    """Return text and headings of page `page` (from 1) of a PDF or picture, with a note on what came of it.

    Raises:
        NotFound: there is no such page. DocumentTooComplex: it takes longer than allowed.
        EncryptedFile, ParseFailed: as when the file was read. TextRecognitionMissing: it is not installed.
    """
    recognised, note = _read(data, limits, content_type, page)
    text, placed = lay_out([recognised], _NO_FURNITURE)
    return ParsedDocument(text, headings=find_headings(placed), notes=(DocumentNote(note, 1),))


def read_picture_page(data: bytes, limits: ParseLimits, content_type: str, page: int) -> Page:
    """Return the recognised lines of a page, in points; what its text layer says is not among them."""
    return _read(data, limits, content_type, page)[0]


def _read(data: bytes, limits: ParseLimits, content_type: str, page: int) -> tuple[Page, NoteCode]:
    if content_type == PDF:
        return _read_pdf_page(data, limits, page)
    engine = load_engine()
    with open_page(data, limits, page) as picture:

        def recognise_turned(clockwise: int, time_s: float) -> _Reading:
            with turned(picture, clockwise) as upright:
                return _Reading(engine.recognise_picture(upright, time_s=time_s), upright.height, clockwise)

        reading = _read_upright(recognise_turned, picture.resolution, limits.recognition_page_s)
        scale = _POINTS_PER_INCH / picture.resolution
        frame = Frame(Box(0, 0, picture.width * scale, picture.height * scale), reading.clockwise)
    return _as_page(reading, frame, scale)


def _read_pdf_page(data: bytes, limits: ParseLimits, number: int) -> tuple[Page, NoteCode]:
    document = open_pdf(data, limits)
    if not 1 <= number <= len(document):
        raise NotFound(details={"page": number})
    page: pypdfium2.PdfPage = document[number - 1]
    said = read_page(page)
    width, height = page.get_size()
    most = (limits.recognised_pixel_count / max(width * height, 1.0)) ** 0.5
    scale = min(_RESOLUTION / _POINTS_PER_INCH, most)
    resolution = round(scale * _POINTS_PER_INCH)
    already = page.get_rotation()
    # What the text layer says is not recognised once more.
    paint_white(page, [said.frame.turn_back(line.box) for line in said.lines])
    engine = load_engine()

    def recognise_turned(clockwise: int, time_s: float) -> _Reading:
        bitmap = page.render(scale=scale, grayscale=True, rotation=clockwise)
        pixels = bytes(bitmap.buffer)
        lines = engine.recognise_pixels(
            pixels, bitmap.width, bitmap.height, stride_bytes=bitmap.stride, resolution=resolution, time_s=time_s
        )
        return _Reading(lines, bitmap.height, clockwise)

    reading = _read_upright(recognise_turned, resolution, limits.recognition_page_s)
    frame = Frame(said.frame.bounds, (already + reading.clockwise) % 360)
    return _as_page(reading, frame, _POINTS_PER_INCH / resolution)


def _read_upright(recognise_turned: _Recogniser, resolution: int, time_s: float) -> _Reading:
    """Return the reading of a picture the right way up: as it lies where that reads well, else as it reads best."""
    started = time.monotonic()
    best = recognise_turned(0, time_s)
    if not best.lines or best.confidence >= SURE:
        return best
    found = load_engine().find_orientation(resolution)
    for clockwise in (180, 90, 270) if found is None else (-found % 360,):
        left_s = time_s - (time.monotonic() - started)
        if clockwise == 0 or left_s < time_s * _TRIES_SHARE:
            break
        try:
            reading = recognise_turned(clockwise, left_s - 1)
        except DocumentTooComplex:
            break
        best = max(best, reading, key=lambda each: each.confidence)
        if best.confidence >= SURE:
            break
    return best


def _as_page(reading: _Reading, frame: Frame, scale: float) -> tuple[Page, NoteCode]:
    kept = keep_words(reading.lines)
    lines = tuple(_lines(kept, reading.height, scale))
    if lines:
        return Page(frame, lines), NoteCode.PAGES_RECOGNISED
    seen = any(any(map(str.isalnum, line.text)) for line in reading.lines)
    return Page(frame), NoteCode.PAGES_NOT_WORDS if seen else NoteCode.PAGES_UNREAD


def _lines(lines: Sequence[RecognisedLine], height_px: int, scale: float) -> Iterator[Line]:
    for line in lines:
        placed = _line(line, height_px, scale)
        if placed is not None:
            yield placed


def _line(line: RecognisedLine, height_px: int, scale: float) -> Line | None:
    """Return a line as a text layer would give it: as high as its type, whatever letters it holds."""
    text, origins = clean_line(line.text, 0)
    if not any(map(str.isalnum, text)):
        return None
    size = max(_LEAST_SIZE_PT, line.size * scale)
    bottom = (height_px - line.baseline) * scale - _DESCENT * size
    box = Box(line.box.left * scale, bottom, line.box.right * scale, bottom + size)
    return Line(text, origins, box, size)
