"""A parsed document as rows: its text, and its passages with their search terms."""

from collections import Counter
from collections.abc import Sequence

from ragapp.core.ids import DocumentId, chunk_id
from ragapp.models import Chunk, DocumentText
from ragapp.rag import types as rag
from ragapp.rag.analysis import PassageFields, analyse
from ragapp.rag.chunking import lead_in
from ragapp.rag.terms import ANALYSIS_VERSION, PassageTerms, pack_terms
from ragapp.rag.types import Language


def build_text_row(tenant_id: str, document_id: DocumentId, version: int, parsed: rag.ParsedDocument) -> DocumentText:
    """Return the row that holds the text all offsets refer to."""
    return DocumentText(
        tenant_id=tenant_id,
        document_id=document_id,
        version=version,
        text=parsed.text,
        pages=[[page.number, page.start, page.end] for page in parsed.pages],
        headings=[[heading.level, heading.title, heading.start] for heading in parsed.headings],
    )


def build_chunk_rows(
    text: DocumentText, title: str, chunks: Sequence[rag.Chunk], carriers: Sequence[int | None]
) -> list[Chunk]:
    """Return the rows of some passages of a document; analysing them is what takes the time.

    Args:
        text: The document's text.
        title: Its title.
        chunks: N passages of it.
        carriers: N ordinals of the passage that carries the vector of each, None for one of its own.
    """
    return [_build_row(text, title, chunk, carrier) for chunk, carrier in zip(chunks, carriers, strict=True)]


def main_language(rows: Sequence[Chunk]) -> str:
    """Return the language most of the text is in."""
    weights: Counter[str] = Counter()
    for row in rows:
        weights[row.language] += len(row.text)
    return weights.most_common(1)[0][0] if weights else ""


def analyse_row(chunk: Chunk | rag.Chunk, document_text: str, title: str) -> PassageTerms:
    """Return the search terms of a passage, stored or new, from what stands in it and around it."""
    columns = tuple(chunk.columns if isinstance(chunk, rag.Chunk) else chunk.column_names or ())
    fields = PassageFields(
        chunk.text,
        chunk.heading,
        title,
        "" if columns and _follows_rows(chunk, document_text) else lead_in(document_text, chunk.start),
        columns,
        chunk.rows_start,
    )
    return analyse(fields, Language(chunk.language))


def _follows_rows(chunk: Chunk | rag.Chunk, document_text: str) -> bool:
    """Return whether other rows of the same table stand just above: they say nothing about these."""
    return chunk.rows_start == 0 and document_text[max(0, chunk.start - 2) : chunk.start] != "\n\n"


def _build_row(text: DocumentText, title: str, chunk: rag.Chunk, carrier: int | None) -> Chunk:
    return Chunk(
        tenant_id=text.tenant_id,
        id=chunk_id(DocumentId(text.document_id), text.version, chunk.ordinal),
        document_id=text.document_id,
        version=text.version,
        ordinal=chunk.ordinal,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        page=chunk.page,
        heading=chunk.heading,
        table_number=chunk.table,
        column_names=list(chunk.columns) or None,
        rows_start=chunk.rows_start,
        language=chunk.language.value,
        terms=pack_terms(analyse_row(chunk, text.text, title)),
        analysis_version=ANALYSIS_VERSION,
        vector_of=carrier,
    )
