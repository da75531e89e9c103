"""Lines of text on PDF pages, each character traceable to the place it is drawn at."""

import ctypes
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_rulings import find_grids
from ragapp.adapters.parsers.pdf_tables import part_tables
from ragapp.adapters.parsers.pdf_values import Box, Line
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed

_NO_PAGES = "No pages were found in this PDF. Save it again and upload the new copy."
_LINE = re.compile(r"[^\r\n]+")
_NEEDS_CARE = re.compile("[\x00-\x1f\x7f-\xa0\u00ad\u200b\u2028-\u202f\u2060\ufb00-\ufb06\ufeff\ufffe\uffff]|  ")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page in reading order, and the page's height in points."""

    height: float
    lines: tuple[Line, ...]


def open_pdf(data: bytes, limits: ParseLimits) -> pypdfium2.PdfDocument:
    """Open a PDF.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged or has no pages.
        DocumentTooComplex: it has more pages than allowed.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise EncryptedFile from error
        message = _NO_PAGES if error.err_code == pdfium.FPDF_ERR_SUCCESS else None
        raise ParseFailed(message, details={"pdfium_error": error.err_code}) from error
    if len(document) == 0:
        raise ParseFailed(_NO_PAGES)
    if len(document) > limits.page_count:
        raise DocumentTooComplex(details={"page_count": len(document), "limit_page_count": limits.page_count})
    return document


def read_pages(document: pypdfium2.PdfDocument) -> Iterator[Page]:
    """Yield every page; a page that cannot be loaded counts as empty, so that page numbers stay right."""
    for index in range(len(document)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            yield Page(0.0, ())
            continue
        yield read_page(page)
        page.close()


def read_page(page: pypdfium2.PdfPage) -> Page:
    """Return the lines of one page, those of its tables a line a row."""
    textpage = page.get_textpage()
    lines = tuple(_read_lines(textpage))
    parted = part_tables(lines, _Ruler(textpage).box, find_grids(page)) if len(lines) > 1 else lines
    textpage.close()
    return Page(page.get_height(), parted)


def char_boxes(textpage: pypdfium2.PdfTextPage, origins: Sequence[int]) -> list[Box]:
    """Return the box of each of those characters of the page's own text."""
    measure = _Ruler(textpage)
    return [measure.box(origin) for origin in origins]


def _read_lines(textpage: pypdfium2.PdfTextPage) -> Iterator[Line]:
    raw = textpage.get_text_range(errors="replace")
    ruler = _Ruler(textpage)
    units = _utf16_positions(raw)
    for match in _LINE.finditer(raw):
        text, origins = clean_line(match[0], match.start())
        if text:
            if units is not None:
                origins = [units[origin] for origin in origins]
            first = ruler.box(origins[0])
            yield Line(text, origins, _hull(first, ruler.box(origins[-1])), first.top - first.bottom)


class _Ruler:
    """Measures characters of one page; pdfium's text index and character index differ where it hides characters."""

    def __init__(self, textpage: pypdfium2.PdfTextPage) -> None:
        self._textpage = textpage.raw
        self._rect = pdfium.FS_RECTF()
        self._rect_pointer = ctypes.byref(self._rect)

    def box(self, text_index: int) -> Box:
        char_index = pdfium.FPDFText_GetCharIndexFromTextIndex(self._textpage, text_index)
        pdfium.FPDFText_GetLooseCharBox(self._textpage, char_index, self._rect_pointer)
        rect = self._rect
        return Box(rect.left, rect.bottom, rect.right, rect.top)


def clean_line(raw: str, start: int) -> tuple[str, Sequence[int]]:
    """Return the cleaned text of a line and, for each of its characters, the index it came from.

    Ligatures are spelled out, letters composed (NFC), white space is single, hyphens that only broke a word are gone.

    Args:
        raw: The line as the page has it.
        start: Index of its first character in the page's text.
    """
    stripped = raw.strip()
    start += len(raw) - len(raw.lstrip())
    if not _NEEDS_CARE.search(stripped) and unicodedata.is_normalized("NFC", stripped):
        return stripped, range(start, start + len(stripped))
    text: list[str] = []
    origins: list[int] = []
    for offset, piece in _clusters(stripped):
        if piece == " " and (not text or text[-1] == " "):
            continue
        text.extend(piece)
        origins.extend([start + offset] * len(piece))
    kept = len("".join(text).rstrip())
    return "".join(text[:kept]), origins[:kept]


def _clusters(raw: str) -> Iterator[tuple[int, str]]:
    """Yield letters with their accents, cleaned, each with the offset of the letter."""
    at = 0
    while at < len(raw):
        end = at + 1
        while end < len(raw) and unicodedata.combining(raw[end]):
            end += 1
        yield at, _clean_cluster(raw[at:end])
        at = end


def _clean_cluster(raw: str) -> str:
    if raw.isspace():
        return " "
    if "\ufb00" <= raw[0] <= "\ufb06":
        return unicodedata.normalize("NFKC", raw)
    return unicodedata.normalize("NFC", _DROPPED.sub("", raw))


def _utf16_positions(raw: str) -> list[int] | None:
    """Return the UTF-16 index of each character, or None where it is the character index itself."""
    if not raw or max(raw) <= "\uffff":
        return None
    positions, at = [], 0
    for char in raw:
        positions.append(at)
        at += 2 if char > "\uffff" else 1
    return positions


def _hull(first: Box, last: Box) -> Box:
    return Box(
        min(first.left, last.left),
        min(first.bottom, last.bottom),
        max(first.right, last.right),
        max(first.top, last.top),
    )
