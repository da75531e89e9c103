"""Which words a vector is of: those of one passage, or a sample of the rows that share it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragapp.core.ids import ChunkId
from ragapp.models import Chunk
from ragapp.rag.vector_groups import sample_rows
from ragapp.services.retrieval.passage_text import passage_text, words_digest


@dataclass(frozen=True, slots=True)
class VectorWords:
    """What the embedder reads for the vector of a chunk."""

    chunk_id: ChunkId
    words: str

    @property
    def digest(self) -> bytes:
        """Return what tells that the embedder was given the same words before."""
        return words_digest(self.words)


def words_of_vectors(chunks: Sequence[Chunk], titles: Mapping[str, str]) -> list[VectorWords]:
    """Return one entry for each chunk that carries a vector, in the order of `chunks`.

    Args:
        chunks: Chunks of any documents; of a group that shares a vector all members, in the document's order.
        titles: What each of those documents is called, by its id.
    """
    rows: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for chunk in chunks:
        if chunk.vector_of is not None:
            rows[chunk.document_id, chunk.version, chunk.vector_of].append(chunk.text)
    return [
        VectorWords(ChunkId(chunk.id), _words(chunk, titles.get(chunk.document_id, ""), _text_of(chunk, rows)))
        for chunk in chunks
        if chunk.vector_of is None or chunk.vector_of == chunk.ordinal
    ]


def _words(chunk: Chunk, title: str, text: str) -> str:
    return passage_text(title, chunk.heading, text, () if chunk.rows_start else chunk.column_names or ())


def _text_of(chunk: Chunk, rows: dict[tuple[str, int, int], list[str]]) -> str:
    members = rows.get((chunk.document_id, chunk.version, chunk.ordinal))
    return sample_rows(members) if members else chunk.text
