"""PDF: the text layer, by PDFium."""

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.pdf_furniture import find_furniture
from ragapp.adapters.parsers.pdf_headings import find_headings
from ragapp.adapters.parsers.pdf_layout import lay_out
from ragapp.adapters.parsers.pdf_lines import open_pdf, read_pages
from ragapp.adapters.parsers.pdf_table_spans import find_tables
from ragapp.rag.types import Heading, PageSpan, ParsedDocument


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the running text of a PDF with one span per page, headings by type size, and pages still to be recognised.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged or has no pages.
        DocumentTooComplex: it has more pages than allowed.
    """
    document = open_pdf(data, limits)
    read = list(read_pages(document))
    attached = max(0, pdfium.FPDFDoc_GetAttachmentCount(document.raw)) + sum(page.attachment_count for page in read)
    text, pages = lay_out(read, find_furniture(read))
    spans = tuple(PageSpan(number, page.start, page.end) for number, page in enumerate(pages, start=1))
    headings = find_headings(pages)
    return ParsedDocument(
        text,
        spans,
        headings,
        _title(document, headings),
        find_tables(pages),
        attachment_count=attached,
        unread=tuple(number for number, page in enumerate(read, start=1) if page.is_unread),
    )


def _title(document: pypdfium2.PdfDocument, headings: tuple[Heading, ...]) -> str:
    stated = clean_inline(document.get_metadata_value("Title"))
    if stated and not stated.lower().endswith((".doc", ".docx", ".html", ".indd")) and stated.lower() != "untitled":
        return stated
    return headings[0].title if headings else ""
