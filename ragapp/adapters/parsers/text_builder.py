"""Puts blocks of text together while keeping offsets of headings and pages."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.document_notes import DocumentNote, NoteCode, collect_notes
from ragapp.core.errors import DocumentTooComplex
from ragapp.rag.types import Heading, PageSpan, ParsedDocument, Table


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a document had come: its length and how many of each thing it had."""

    length: int
    row_start: int
    parts: int
    headings: int
    tables: int
    pages: int
    notes: int


class TextBuilder:
    """Collects cleaned blocks: paragraphs stand apart by an empty line, rows of one table or list by a line end."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._tables: list[Table] = []
        self._notes: list[DocumentNote] = []
        self._row_start = 0
        self._page_starts: list[int] = [0]

    def add_paragraph(self, text: str) -> None:
        """Add a paragraph; nothing is added if only white space remains of it."""
        self._add(clean_inline(text), "\n\n")

    def add_verbatim(self, text: str) -> None:
        """Add already cleaned text whose line ends and spaces count."""
        self._add(text.strip("\n"), "\n\n")

    def add_markup(self, text: str, headings: Iterable[Heading]) -> None:
        """Add cleaned text as it is written, with the headings that stand in it."""
        self.add_verbatim(text)
        start = self._length - len(text)
        self._headings.extend(replace(heading, start=start + heading.start) for heading in headings)

    def add_row(self, text: str, *, first: bool) -> None:
        """Add a row of a table or list; `first` starts the table or list."""
        cleaned = clean_inline(text)
        self._add(cleaned, "\n\n" if first else "\n")
        self._row_start = self._length - len(cleaned)

    @property
    def row_start(self) -> int:
        """Where the row that was added last starts in the text."""
        return self._row_start

    def add_table(self, start: int, body_start: int, columns: tuple[str, ...]) -> None:
        """Say that the rows from `start` to the end of the text so far are a table, its header before `body_start`."""
        self._tables.append(Table(start, body_start, self._length, columns))

    def add_heading(self, level: int, title: str) -> None:
        """Add a heading as a paragraph of its own."""
        cleaned = clean_inline(title)
        if cleaned:
            self._add(cleaned, "\n\n")
            self._headings.append(Heading(level, cleaned, self._length - len(cleaned)))

    def save(self) -> "Mark":
        """Return how far the document has come, for `restore`."""
        counts = (len(self._parts), len(self._headings), len(self._tables), len(self._page_starts), len(self._notes))
        return Mark(self._length, self._row_start, *counts)

    def restore(self, mark: "Mark") -> None:
        """Drop everything that was added since `mark`."""
        self._length, self._row_start = mark.length, mark.row_start
        del self._parts[mark.parts :]
        del self._headings[mark.headings :]
        del self._tables[mark.tables :]
        del self._page_starts[mark.pages :]
        del self._notes[mark.notes :]

    def has_letters_since(self, mark: "Mark") -> bool:
        """Return whether letters or digits were added since `mark`."""
        return any(any(map(str.isalnum, part)) for part in self._parts[mark.parts :])

    def add_note(self, code: NoteCode, count: int = 1) -> None:
        """Say something about how the file was read; counts of one code add up."""
        self._notes.append(DocumentNote(code, count))

    def break_page(self, *, before_chars: int = 0) -> None:
        """Start a new page at the end of the text so far, or `before_chars` before it."""
        self._page_starts.append(max(self._page_starts[-1], self._length - before_chars))

    def build(self, title: str = "", *, paged: bool = False, attachment_count: int = 0) -> ParsedDocument:
        """Return the document; without any page break it has no pages, or one if `paged`.

        The title defaults to the first heading.
        """
        ends = [*self._page_starts[1:], self._length]
        numbered = enumerate(zip(self._page_starts, ends, strict=True), start=1)
        pages = tuple(PageSpan(number, start, end) for number, (start, end) in numbered)
        first_heading = self._headings[0].title if self._headings else ""
        return ParsedDocument(
            "".join(self._parts),
            pages if paged or len(pages) > 1 else (),
            tuple(self._headings),
            clean_inline(title) or first_heading,
            tuple(self._tables),
            collect_notes(self._notes),
            attachment_count,
        )

    def _add(self, text: str, separator: str) -> None:
        if not text:
            return
        piece = separator + text if self._length else text
        self._parts.append(piece)
        self._length += len(piece)
        # Characters, at least one byte each: a cheap stop long before the exact check.
        if self._length > self._limits.text_bytes:
            raise DocumentTooComplex(details={"limit_text_bytes": self._limits.text_bytes})
