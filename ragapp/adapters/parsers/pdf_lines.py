"""Lines of text on PDF pages, each character traceable to the place it is drawn at."""

import ctypes
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from math import pi

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_annotations import Annotation, Kind, read_annotations
from ragapp.adapters.parsers.pdf_fields import put_fields
from ragapp.adapters.parsers.pdf_letters import is_text, join_torn
from ragapp.adapters.parsers.pdf_objects import list_objects
from ragapp.adapters.parsers.pdf_order import hull, order_lines
from ragapp.adapters.parsers.pdf_rulings import find_grids
from ragapp.adapters.parsers.pdf_tables import part_tables
from ragapp.adapters.parsers.pdf_unread import is_unread
from ragapp.adapters.parsers.pdf_values import Box, Frame, Line, Page
from ragapp.core.errors import DocumentTooComplex, EncryptedFile, ParseFailed

_NO_PAGES = "No pages were found in this PDF. Save it again and upload the new copy."
_SAMPLED_CHARS = 16
_NOTE_SIZE_PT = 10.0
_LINE = re.compile(r"[^\r\n]+")
_NEEDS_CARE = re.compile("[\x00-\x1f\x7f-\xa0\u00ad\u200b\u2028-\u202f\u2060\ufb00-\ufb06\ufeff\ufffe\uffff]|  ")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff]")


def open_pdf(data: bytes, limits: ParseLimits) -> pypdfium2.PdfDocument:
    """Open a PDF with its forms.

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
    if pdfium.FPDF_GetFormType(document.raw) != pdfium.FORMTYPE_NONE:
        document.init_forms()
    return document


def read_pages(document: pypdfium2.PdfDocument) -> Iterator[Page]:
    """Yield every page; a page that cannot be loaded counts as empty, so that page numbers stay right."""
    for index in range(len(document)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            yield Page(Frame(Box(0, 0, 0, 0)))
            continue
        yield read_page(page)
        page.close()


def read_page(page: pypdfium2.PdfPage) -> Page:
    """Return the lines of one page in reading order, those of its tables a line a row."""
    textpage = page.get_textpage()
    raw = textpage.get_text_range(errors="replace")
    frame = find_frame(page, textpage)
    written = read_annotations(page)
    added = tuple(frame.turn(annotation.box) for annotation in written.found)
    ruler = _Ruler(textpage, frame, added, text_length=len(raw) if not raw or max(raw) <= "\uffff" else -1)
    lines = join_torn(list(_read_lines(raw, ruler)), ruler.box) if is_text(raw) else []
    drawn = list_objects(page)
    unread = is_unread(page, drawn, frame, lines)
    grids = find_grids(drawn, frame) if len(lines) > 1 else ()
    put_fields(lines, written.found, added, ruler.box, grids)
    parted = part_tables(lines, ruler.box, grids) if len(lines) > 1 else lines
    numbered = enumerate(zip(written.found, added, strict=True))
    notes = [_note(number, found, box) for number, (found, box) in numbered if found.kind is Kind.NOTE]
    ordered = order_lines(parted, notes)
    textpage.close()
    return Page(frame, ordered, added, unread, written.attachment_count)


def char_boxes(textpage: pypdfium2.PdfTextPage, page: Page, origins: Sequence[int]) -> list[Box]:
    """Return the box, turned as the page is read, of each of those characters of a line."""
    ruler = _Ruler(textpage, page.frame, page.added)
    return [ruler.box(origin) for origin in origins]


def find_frame(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> Frame:
    """Return how a page is read: as most of its letters stand, whatever the page itself says."""
    rect = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page.raw, ctypes.byref(rect))
    bounds = Box(rect.left, rect.bottom, rect.right, rect.top)
    count = textpage.count_chars()
    turns: Counter[int] = Counter()
    for index in range(0, count, max(1, count // _SAMPLED_CHARS)):
        if chr(pdfium.FPDFText_GetUnicode(textpage.raw, index)).isspace():
            continue
        angle = pdfium.FPDFText_GetCharAngle(textpage.raw, index)
        turns[round(angle / (pi / 2)) % 4] += 1
    usual = turns.most_common(1)
    if not usual or usual[0][1] * 2 <= turns.total():
        return Frame(bounds, page.get_rotation())
    return Frame(bounds, -90 * usual[0][0] % 360)


def _note(number: int, found: Annotation, box: Box) -> Line:
    return Line(found.text, [-1 - number] * len(found.text), box, _NOTE_SIZE_PT, is_apart=True)


def _read_lines(raw: str, ruler: "_Ruler") -> Iterator[Line]:
    units = _utf16_positions(raw)
    for match in _LINE.finditer(raw):
        text, origins = clean_line(match[0], match.start())
        if text:
            if units is not None:
                origins = [units[origin] for origin in origins]
            first = ruler.box(origins[0])
            yield Line(text, origins, hull([first, ruler.box(origins[-1])]), first.top - first.bottom)


class _Ruler:
    """Measures characters of one page; pdfium's text index and character index differ where it hides characters."""

    def __init__(
        self, textpage: pypdfium2.PdfTextPage, frame: Frame, added: Sequence[Box], *, text_length: int = -1
    ) -> None:
        self._textpage = textpage.raw
        self._rect = pdfium.FS_RECTF()
        self._rect_pointer = ctypes.byref(self._rect)
        self._frame = frame
        self._is_plain = frame.is_plain
        # The index of a character only grows with that in the text: where there are as many of both, they are the same.
        self._hides_characters = textpage.count_chars() != text_length
        self._added = added
        self._known: dict[int, Box] = {}

    def box(self, origin: int) -> Box:
        """Return the place of a character, by its index in the page's own text, or of what was added, turned."""
        if origin < 0:
            return self._added[-1 - origin]
        known = self._known.get(origin)
        if known is None:
            known = self._known[origin] = self._measure(origin)
        return known

    def _measure(self, text_index: int) -> Box:
        char_index = text_index
        if self._hides_characters:
            char_index = pdfium.FPDFText_GetCharIndexFromTextIndex(self._textpage, text_index)
        pdfium.FPDFText_GetLooseCharBox(self._textpage, char_index, self._rect_pointer)
        rect = self._rect
        box = Box(rect.left, rect.bottom, rect.right, rect.top)
        return box if self._is_plain else self._frame.turn(box)


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
