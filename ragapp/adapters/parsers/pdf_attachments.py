"""Files embedded in a PDF: those of the document and those that hang on annotations of its pages."""

import ctypes
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.member_names import is_plain_name
from ragapp.adapters.parsers.pdf_lines import open_pdf
from ragapp.core.errors import DocumentTooComplex, InvalidFileName, NotFound, ParseFailed
from ragapp.rag.types import ArchiveMember

_PIECE_BYTES = 64 * 1024
_MOST_ANNOTATIONS = 10_000


def list_members(file: BinaryIO, limits: ParseLimits) -> list[ArchiveMember]:
    """Return the embedded files in order.

    Raises:
        EncryptedFile, ParseFailed: as when the PDF is read. DocumentTooComplex: more files or bytes than allowed.
    """
    document = open_pdf(file.read(), limits)
    found = [_member(number, attachment, limits) for number, attachment in enumerate(_attachments(document, limits))]
    if sum(member.size_bytes for member in found if not member.problem) > limits.archive_total_bytes:
        raise DocumentTooComplex(details={"limit_archive_total_bytes": limits.archive_total_bytes})
    return found


def open_member(file: BinaryIO, limits: ParseLimits, number: int) -> Iterator[bytes]:
    """Yield the bytes of embedded file `number`.

    Raises:
        NotFound: there is no such file. ParseFailed: it is damaged. DocumentTooComplex: it is over a limit.
    """
    document = open_pdf(file.read(), limits)
    attachment = next((found for at, found in enumerate(_attachments(document, limits)) if at == number), None)
    if attachment is None:
        raise NotFound
    data = _read(attachment, limits)
    for start in range(0, len(data), _PIECE_BYTES):
        yield data[start : start + _PIECE_BYTES]


def _attachments(document: pypdfium2.PdfDocument, limits: ParseLimits) -> Iterator[Any]:
    """Yield the embedded files.

    Raises:
        DocumentTooComplex: there are more than allowed.
    """
    for number, attachment in enumerate(_every_attachment(document), start=1):
        if number > limits.archive_entry_count:
            raise DocumentTooComplex(details={"archive_entry_count": number})
        yield attachment


def _every_attachment(document: pypdfium2.PdfDocument) -> Iterator[Any]:
    for number in range(max(0, pdfium.FPDFDoc_GetAttachmentCount(document.raw))):
        attachment = pdfium.FPDFDoc_GetAttachment(document.raw, number)
        if attachment:
            yield attachment
    left = _MOST_ANNOTATIONS
    for index in range(len(document)):
        page = pdfium.FPDF_LoadPage(document.raw, index)
        if not page:
            continue
        for number in range(min(left, pdfium.FPDFPage_GetAnnotCount(page))):
            left -= 1
            annotation = pdfium.FPDFPage_GetAnnot(page, number)
            if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_FILEATTACHMENT:
                attachment = pdfium.FPDFAnnot_GetFileAttachment(annotation)
                if attachment:
                    yield attachment
            pdfium.FPDFPage_CloseAnnot(annotation)
        pdfium.FPDF_ClosePage(page)


def _member(number: int, attachment: Any, limits: ParseLimits) -> ArchiveMember:
    name = PurePosixPath(_name(attachment).replace("\\", "/")).name
    size = ctypes.c_ulong()
    is_there = pdfium.FPDFAttachment_GetFile(attachment, None, 0, ctypes.byref(size))
    problem = ""
    if not is_plain_name(name):
        problem = InvalidFileName.code
    elif not is_there:
        problem = ParseFailed.code
    elif size.value > limits.archive_entry_bytes:
        problem = DocumentTooComplex.code
    return ArchiveMember(number, name, size.value, problem)


def _name(attachment: Any) -> str:
    length = pdfium.FPDFAttachment_GetName(attachment, None, 0)
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFAttachment_GetName(attachment, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _read(attachment: Any, limits: ParseLimits) -> bytes:
    size = ctypes.c_ulong()
    if not pdfium.FPDFAttachment_GetFile(attachment, None, 0, ctypes.byref(size)):
        raise ParseFailed(details={"cause": "attachment"})
    if size.value > limits.archive_entry_bytes:
        raise DocumentTooComplex(details={"limit_archive_entry_bytes": limits.archive_entry_bytes})
    buffer = ctypes.create_string_buffer(size.value)
    pdfium.FPDFAttachment_GetFile(attachment, buffer, size.value, ctypes.byref(size))
    return buffer.raw[: size.value]
