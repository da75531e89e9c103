"""The values retrieval and answering work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ragapp.core.document_notes import DocumentNote
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, KnowledgeBaseId, TenantId


class Language(StrEnum):
    """The languages analysed specially; everything else is OTHER."""

    CROATIAN = "hr"
    ENGLISH = "en"
    OTHER = "und"


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Characters [start, end) of the extracted text stand on page `number` (from 1)."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the document: `level` from 1, `start` its character offset in the extracted text."""

    level: int
    title: str
    start: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the document: each row is a line of `text[body_start:end]`, its cells parted by bars.

    `text[start:body_start]` is the header as it stands there, empty where an earlier page holds it. `columns` are the
    names of the columns; names are empty where the table gives none.
    """

    start: int
    body_start: int
    end: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The extracted text with its pages, headings and tables. `pages` is empty for formats without pages.

    `notes` say what a reader should know about how the file was read, one per code. `attachment_count` is of files
    inside the file, which become documents of their own.
    """

    text: str
    pages: tuple[PageSpan, ...] = ()
    headings: tuple[Heading, ...] = ()
    title: str = ""
    tables: tuple[Table, ...] = ()
    notes: tuple[DocumentNote, ...] = ()
    attachment_count: int = 0


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One file in an archive: `number` is its place in it, `size_bytes` what the archive says it holds unpacked.

    `problem` says why it cannot be taken out: a code from `core.errors` or of `MemberProblem`; empty when it can.
    """

    number: int
    name: str
    size_bytes: int
    problem: str = ""


class MemberProblem(StrEnum):
    """Why a member is left in its archive, where no error of a document says it."""

    NESTED_ARCHIVE = "nested_archive"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One indexed piece: `text == document_text[start:end]`; `heading` is the path of headings above it ("A › B").

    Whole rows of a table make a chunk with the names of its `columns`, one for each; its rows are the lines from
    `rows_start` on, and what stands before (a caption, the header) belongs to all of them. Prose has no columns.
    """

    ordinal: int
    text: str
    start: int
    end: int
    page: int | None
    heading: str
    language: Language = Language.OTHER
    columns: tuple[str, ...] = ()
    rows_start: int = 0
    table: int | None = None
    """Number of the table block (from 0, in document order) this chunk is a row of; None for anything else."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One index result: an id and its score (cosine similarity or BM25, by index)."""

    chunk_id: ChunkId
    score: float


@dataclass(frozen=True, slots=True)
class CollectionRef:
    """One vector collection: a tenant's knowledge base, one embedder, one generation."""

    tenant_id: TenantId
    knowledge_base_id: KnowledgeBaseId
    fingerprint: str
    generation: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the chat."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What a generator gets: passage i of `passages` is cited as `[i + 1]`.

    `closeness` says how close the meaning of a sentence is to the question's, by passage index and start, for passages
    in another language; empty where all are in one.
    """

    question: str
    language: Language
    passages: tuple[Passage, ...]
    history: tuple[Turn, ...] = ()
    closeness: Mapping[tuple[int, int], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GeneratorStatus:
    """Whether a generator can answer now; `problem` is a code from `core.errors`, empty when it can."""

    name: str
    model: str
    available: bool
    problem: str = ""
    details: dict[str, str] = field(default_factory=dict)
