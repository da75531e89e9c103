"""Reading documents without loading a single parser library into the serving process."""

import asyncio
from dataclasses import replace
from pathlib import Path

from ragapp.adapters.parsers import wire
from ragapp.adapters.parsers.formats import get_format
from ragapp.adapters.parsers.identification import identify_file
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.ocr_install import find_ocr
from ragapp.adapters.parsers.sandbox import Sandbox
from ragapp.adapters.parsers.scans import insert_pages
from ragapp.adapters.parsers.wire import Job, Reply, Request
from ragapp.core.document_notes import DocumentNote, NoteCode, collect_notes
from ragapp.core.errors import DocumentTooComplex, NoTextFound, TextRecognitionMissing
from ragapp.rag.ports import PageProgress
from ragapp.rag.types import ParsedDocument

_LARGE_BODY_BYTES = 256 * 1024


class SandboxedParser:
    """`rag.ports.Parser`: types by content, text from confined child processes, one for each page to recognise."""

    def __init__(self, sandbox: Sandbox, limits: ParseLimits) -> None:
        self._sandbox = sandbox
        self._limits = limits

    async def identify(self, path: Path, *, filename: str, declared_type: str | None) -> str:
        """Return the media type of a file; see `rag.ports.Parser.identify`. Reads at most the ends of the file."""
        return await asyncio.to_thread(identify_file, path, filename=filename, declared_type=declared_type)

    async def parse(
        self, path: Path, *, content_type: str, progress: PageProgress | None = None
    ) -> ParsedDocument:
        """Extract text, pages and headings; see `rag.ports.Parser.parse`."""
        get_format(content_type)
        reply = await self._sandbox.run(path, Request(content_type, self._limits))
        document = await _unpack(reply)
        unread = wire.unpack_unread(reply, document)
        if unread and await asyncio.to_thread(find_ocr) is not None:
            document = await self._recognise(path, content_type, document, unread, progress)
        elif unread and not _has_text(document):
            raise TextRecognitionMissing
        else:
            document = _with_notes(document, DocumentNote(NoteCode.PAGES_UNREAD, len(unread)))
        if not _has_text(document):
            raise NoTextFound
        return document

    async def close(self) -> None:
        """End the sandbox's processes; the next `parse` starts new ones."""
        await asyncio.to_thread(self._sandbox.close)

    async def _recognise(
        self,
        path: Path,
        content_type: str,
        document: ParsedDocument,
        pages: tuple[int, ...],
        progress: PageProgress | None,
    ) -> ParsedDocument:
        """Recognise page after page, so that other documents find a free place in between.

        The time of the whole is bounded by that of its pages; a wait for a free place is not counted.
        """
        limits = self._limits
        if len(pages) > limits.recognised_page_count:
            raise DocumentTooComplex(details={"limit_recognised_page_count": limits.recognised_page_count})
        recognised: dict[int, ParsedDocument] = {}
        for page in pages:
            if progress is not None:
                await progress(len(recognised), len(pages))
            recognised[page] = await self._recognise_page(path, content_type, page)
        told = [_note_on(page) for page in recognised.values()]
        return _with_notes(insert_pages(document, recognised), *told)

    async def _recognise_page(self, path: Path, content_type: str, page: int) -> ParsedDocument:
        time_s = self._limits.recognition_page_s
        limits = replace(self._limits, wall_clock_s=time_s + 1, cpu_s=int(time_s) + 1)
        return await _unpack(await self._sandbox.run(path, Request(content_type, limits, Job.RECOGNISE, page)))


async def _unpack(reply: Reply) -> ParsedDocument:
    if len(reply.body) < _LARGE_BODY_BYTES:
        return wire.unpack_document(reply)
    return await asyncio.to_thread(wire.unpack_document, reply)


def _note_on(page: ParsedDocument) -> DocumentNote:
    return DocumentNote(NoteCode.PAGES_RECOGNISED if _has_text(page) else NoteCode.PAGES_UNREAD, 1)


def _with_notes(document: ParsedDocument, *notes: DocumentNote) -> ParsedDocument:
    return replace(document, notes=collect_notes([*document.notes, *notes]))


def _has_text(document: ParsedDocument) -> bool:
    return any(map(str.isalnum, document.text))
