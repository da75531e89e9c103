"""Passages of big tables that share a vector: meaning is looked up by group of rows, words by row.

Encoding every row of a table of 100,000 costs the encoder as much as a library of books and tells it little: the rows
of a table differ in names and numbers, which the word index finds, and hardly in meaning.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ragapp.core.ids import ChunkId
from ragapp.rag.types import Chunk, Hit

PASSAGES_APART = 40
"""Tables of at most so many passages (some hundreds of rows) have a vector for each passage."""
_SMALLEST_GROUP = 4
_GROUPS_OF_TABLE = 1_000
_SAMPLE_CHARACTERS = 1_200
_PASSAGES_OF_GROUP = 3


def group_for_vectors(chunks: Sequence[Chunk]) -> list[int | None]:
    """Decide which chunks share a vector.

    Group boundaries are picked by the content of the rows, not counted: rows put in or taken out change the group
    around them and leave the others, and their vectors, as they were.

    Args:
        chunks: All chunks of a document, in its order.

    Returns:
        For each chunk None (it has a vector of its own), or the ordinal of the first chunk of its group, which carries
        the vector of the whole group; that first chunk has its own ordinal there. A table of C > 40 chunks makes about
        C / 5 groups, and at most 2,000 however many rows it has.
    """
    carriers: list[int | None] = []
    for table, members in groupby(chunks, key=lambda chunk: chunk.table):
        rows = list(members)
        if table is None or len(rows) <= PASSAGES_APART:
            carriers += [None] * len(rows)
        else:
            carriers += _carriers_of(rows)
    return carriers


def sample_rows(passages: Sequence[str], *, characters: int = _SAMPLE_CHARACTERS) -> str:
    """Return rows of a group, spread evenly over it, together about as long as an encoder reads.

    Args:
        passages: The texts of a group, at least one; each line is a row.
        characters: Bound on the length of the result, > 0; a single longer row is cut there.
    """
    rows = [line for passage in passages for line in passage.split("\n") if line.strip()]
    if not rows:
        return passages[0]
    mean = sum(len(row) + 1 for row in rows) / len(rows)
    count = max(1, min(len(rows), int(characters / mean)))
    return "\n".join(rows[index * len(rows) // count] for index in range(count))[:characters]


def share_vector_hits(
    vector: Sequence[Hit], lexical: Sequence[Hit], carriers: Sequence[Mapping[ChunkId, ChunkId]]
) -> list[Hit]:
    """Let the rows that the words name stand for a group that the meaning found.

    Args:
        vector: Hits by cosine similarity, best first; of a group its carrier.
        lexical: Hits by words, best first.
        carriers: For each knowledge base, which chunk carries the vector of another.

    Returns:
        Hits by cosine similarity, best first: a carrier is replaced by the three best passages of its group that the
        words found, each with the group's score; where they found none, the carrier speaks for its group.
    """
    named: dict[ChunkId, list[ChunkId]] = {}
    for hit in lexical:
        carrier = next((known[hit.chunk_id] for known in carriers if hit.chunk_id in known), None)
        if carrier is not None and len(named.setdefault(carrier, [])) < _PASSAGES_OF_GROUP:
            named[carrier].append(hit.chunk_id)
    return [Hit(chunk_id, hit.score) for hit in vector for chunk_id in named.get(hit.chunk_id, (hit.chunk_id,))]


def _carriers_of(chunks: Sequence[Chunk]) -> Iterator[int]:
    """Yield the ordinal of the first chunk of each chunk's group."""
    target = _group_size(len(chunks))
    first = chunks[0].ordinal
    for chunk in chunks:
        length = chunk.ordinal - first
        is_cut = length >= target // 2 and zlib.crc32(chunk.text.encode(errors="replace")) % target == 0
        if is_cut or length >= 2 * target:
            first = chunk.ordinal
        yield first


def _group_size(chunk_count: int) -> int:
    """Return how many chunks a group should have: a power of two, so that a table that grows keeps its groups."""
    size = _SMALLEST_GROUP
    while chunk_count > size * _GROUPS_OF_TABLE:
        size *= 2
    return size
