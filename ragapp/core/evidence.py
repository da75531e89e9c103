"""Passages and sources: what an answer stands on. Values, shared by every layer."""

from dataclasses import dataclass
from enum import StrEnum

from ragapp.core.ids import ChunkId, DocumentId


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk.

    `text` is verbatim: `text == document_text[start:end]`, offsets in characters of the extracted text. `page` counts
    from 1 and is None for formats without pages. `score` is the fused retrieval score in [0, 1], comparable only within
    one result. `vector_score` is the cosine similarity and `lexical_score` the BM25 score of the same chunk, None where
    that leg did not return it. Where the chunk is rows of a table, `columns` are the names of its columns (empty names
    where the table gives none) and the rows are the lines of `text[rows_start:]`.
    """

    rank: int
    score: float
    document_id: DocumentId
    document_title: str
    page: int | None
    chunk_id: ChunkId
    text: str
    start: int
    end: int
    heading: str
    language: str = ""
    vector_score: float | None = None
    lexical_score: float | None = None
    columns: tuple[str, ...] = ()
    rows_start: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A citation: passage number `n` of an answer and the sentence of it that supports the claim.

    `quote == document_text[quote_start:quote_end]`, always inside the passage. `url` opens the document at that page
    with the quote marked.
    """

    n: int
    passage: Passage
    quote: str
    quote_start: int
    quote_end: int
    url: str


class UnsupportedKind(StrEnum):
    """What was looked for in the cited passages."""

    NUMBER = "number"
    DATE = "date"
    CODE = "code"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Characters [start, end) of an answer, `text`, that none of the passages cited for them holds."""

    start: int
    end: int
    text: str
    kind: UnsupportedKind


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One row of a cited table: a cell for each column."""

    cells: tuple[str, ...]
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """Cited rows under the names of their columns; no names where the table gives none.

    `rows_start` is where they begin in the text of their passage.
    """

    columns: tuple[str, ...]
    rows: tuple[EvidenceRow, ...]
    rows_start: int


def source_url(document_id: DocumentId, page: int | None, start: int, end: int, version: int | None = None) -> str:
    """Return the address of a document with characters [start, end) of a version, else of the current one, marked."""
    where = f"page={page}&" if page is not None else ""
    which = f"&version={version}" if version is not None else ""
    return f"/documents/{document_id}?{where}mark={start}-{end}{which}"
