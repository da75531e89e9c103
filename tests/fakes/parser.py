"""A parser for tests: text files as they are, one page per form feed, `#` lines as headings."""

from pathlib import Path

from ragapp.core.document_notes import DocumentNote
from ragapp.core.errors import IngestionFailed, NotFound, UnsupportedFileType
from ragapp.rag.ports import PageProgress
from ragapp.rag.types import Heading, PageSpan, ParsedDocument


class TextParser:
    """Implements `rag.ports.Parser` and `rag.ports.PageRenderer`.

    `failure`, if set, is raised by `parse`; `notes` are what it says of every document. The members of an archive
    behind the text are attachments.
    """

    def __init__(self) -> None:
        self.failure: IngestionFailed | None = None
        self.parsed: list[Path] = []
        self.notes: tuple[DocumentNote, ...] = ()

    async def identify(self, path: Path, *, filename: str, declared_type: str | None) -> str:
        if filename.endswith(".zip"):
            return "application/zip"
        if not filename.endswith((".txt", ".md")) or _read(path).startswith("PK"):
            raise UnsupportedFileType
        return "text/plain"

    async def parse(
        self, path: Path, *, content_type: str, progress: PageProgress | None = None
    ) -> ParsedDocument:
        self.parsed.append(path)
        if self.failure is not None:
            raise self.failure
        text, _, archive = _read(path).partition("PK\x03\x04")
        return ParsedDocument(
            text=text,
            pages=_pages(text),
            headings=_headings(text),
            notes=self.notes,
            attachment_count=archive.count("PK\x01\x02"),
        )

    async def render(
        self, path: Path, *, content_type: str, page: int, start: int, end: int, page_start: int = -1
    ) -> bytes:
        if page > _read(path).count("\f") + 1:
            raise NotFound
        return f"{page}:{start}-{end}".encode()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _pages(text: str) -> tuple[PageSpan, ...]:
    if "\f" not in text:
        return ()
    edges = [0, *(position + 1 for position, character in enumerate(text) if character == "\f"), len(text)]
    return tuple(PageSpan(number + 1, edges[number], edges[number + 1]) for number in range(len(edges) - 1))


def _headings(text: str) -> tuple[Heading, ...]:
    headings, start = [], 0
    for line in text.splitlines(keepends=True):
        if line.startswith("#"):
            headings.append(Heading(len(line) - len(line.lstrip("#")), line.strip("# \n"), start))
        start += len(line)
    return tuple(headings)
