"""Cited rows of a table as a reader sees them: under the names of their columns."""

from ragapp.core.evidence import EvidenceRow, EvidenceTable, Passage, Source
from ragapp.rag.rows import row_spans, split_cells
from ragapp.rag.tables import short_name, worded


def readable_quote(source: Source) -> str:
    """Return the quote of a source; of a row of a table with the names of its columns."""
    passage = source.passage
    start, end = source.quote_start - passage.start, source.quote_end - passage.start
    return worded(passage, start, end) if passage.columns else source.quote


def table_of(passage: Passage, text: str, quote_start: int, quote_end: int) -> EvidenceTable | None:
    """Return the rows of a passage, the quoted ones marked; None for prose.

    Args:
        passage: Of rows.
        text: Its text, as the document has it.
        quote_start: Where the quote starts in the document.
        quote_end: Where it ends.
    """
    if not passage.columns:
        return None
    rows = [
        EvidenceRow(
            tuple(split_cells(text[start:end], len(passage.columns))),
            is_quoted=passage.start + start < quote_end and quote_start < passage.start + end,
        )
        for start, end in row_spans(text, passage.rows_start)
    ]
    width = max((len(row.cells) for row in rows), default=0)
    names = tuple(short_name(passage.columns, at) for at in range(width))
    kept = [at for at in range(width) if names[at] or any(row.cells[at : at + 1] != ("",) for row in rows)]
    return EvidenceTable(
        tuple(names[at] for at in kept) if any(names) else (),
        tuple(EvidenceRow(tuple((*row.cells, *[""] * width)[at] for at in kept), row.is_quoted) for row in rows),
        passage.rows_start,
    )
