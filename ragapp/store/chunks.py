"""Chunks and their vectors. "Current" means: of the version readers see, of a document without a tombstone.

Parts of a big table share the vector of the first of their group: only that one counts as a chunk with a vector.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_
from sqlmodel import col, select

from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId, chunk_id
from ragapp.models import Chunk, ChunkVector, Document
from ragapp.store.passages import CURRENT_PASSAGES, PassageRow
from ragapp.store.prepared import table_of
from ragapp.store.repository import TenantRepository

_BATCH_IDS = 500
_ADD_CHUNKS, _ADD_VECTORS = insert(table_of(Chunk)), insert(table_of(ChunkVector))
_CARRIES_VECTOR = or_(col(Chunk.vector_of).is_(None), col(Chunk.vector_of) == col(Chunk.ordinal))


@dataclass(frozen=True, slots=True)
class ChunkTerms:
    """The packed lexical analysis of one chunk; `carrier_id` is the chunk whose vector it shares, if it does."""

    chunk_id: ChunkId
    document_id: DocumentId
    terms: bytes
    analysis_version: int
    carrier_id: ChunkId | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class NewVector:
    """A chunk's vector, little-endian float32, and what tells which words it is of."""

    chunk_id: ChunkId
    words_digest: bytes
    vector: bytes


class ChunkRepository(TenantRepository):
    """The tenant's chunks and vectors; bulk statements only."""

    async def add_many(self, chunks: Sequence[Chunk]) -> None:
        """Insert chunks of one document version."""
        if chunks:
            rows = [{**chunk.model_dump(), "tenant_id": self._tenant_id} for chunk in chunks]
            await self._session.exec(_ADD_CHUNKS, params=rows)

    async def count_version(self, document_id: DocumentId, version: int) -> int:
        """Return how many chunks one version has."""
        statement = select(func.count()).select_from(Chunk).where(self._of_version(document_id, version))
        return int(await self._session.scalar(statement) or 0)

    async def list_version_ids(self, document_id: DocumentId, version: int) -> list[ChunkId]:
        """Return the ids of one version in document order."""
        ordered = select(col(Chunk.id)).where(self._of_version(document_id, version)).order_by(col(Chunk.ordinal))
        return [ChunkId(found) for found in await self._session.exec(ordered)]

    async def list_document_ids(self, document_id: DocumentId, *, except_version: int | None = None) -> list[ChunkId]:
        """Return the chunk ids of a document, all versions or all but one."""
        condition = and_(col(Chunk.tenant_id) == self._tenant_id, col(Chunk.document_id) == document_id)
        if except_version is not None:
            condition = and_(condition, col(Chunk.version) != except_version)
        return [ChunkId(found) for found in await self._session.exec(select(col(Chunk.id)).where(condition))]

    async def list_without_vector(self, document_id: DocumentId, version: int, fingerprint: str) -> list[Chunk]:
        """Return the chunks of one version that lack a vector of that embedder, in document order.

        Of a group that shares one, all are returned.
        """
        statement = (
            select(Chunk)
            .outerjoin(ChunkVector, self._vector_of_chunk(fingerprint))
            .where(self._of_version(document_id, version), col(ChunkVector.chunk_id).is_(None), _CARRIES_VECTOR)
            .order_by(col(Chunk.ordinal))
        )
        return await self._with_groups(list((await self._session.exec(statement)).all()))

    async def list_spans(self, document_id: DocumentId, version: int) -> list[tuple[int, int, str]]:
        """Return (start, end, text) of every chunk of a version, in document order."""
        statement = select(Chunk.start, Chunk.end, Chunk.text).where(self._of_version(document_id, version))
        rows = await self._session.exec(statement.order_by(col(Chunk.ordinal)))
        return [(start, end, text) for start, end, text in rows]

    async def find_vectors(self, fingerprint: str, words_digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the vectors that any document of the tenant has for those words, by their digest."""
        found: dict[bytes, bytes] = {}
        is_mine, is_its = col(ChunkVector.tenant_id) == self._tenant_id, col(ChunkVector.fingerprint) == fingerprint
        for start in range(0, len(words_digests), _BATCH_IDS):
            wanted = col(ChunkVector.words_digest).in_(words_digests[start : start + _BATCH_IDS])
            statement = select(ChunkVector.words_digest, ChunkVector.vector).where(is_mine, is_its, wanted)
            found.update((digest, vector) for digest, vector in await self._session.exec(statement) if digest)
        return found

    async def remove_versions_except(self, document_id: DocumentId, version: int) -> None:
        """Remove the chunks and vectors of every other version."""
        await self._session.exec(
            delete(Chunk).where(
                col(Chunk.tenant_id) == self._tenant_id,
                col(Chunk.document_id) == document_id,
                col(Chunk.version) != version,
            )
        )

    async def add_vectors(self, fingerprint: str, vectors: Sequence[NewVector]) -> None:
        """Insert vectors of chunks that have none of that embedder."""
        if vectors:
            rows = [
                {
                    "tenant_id": self._tenant_id,
                    "chunk_id": new.chunk_id,
                    "fingerprint": fingerprint,
                    "vector": new.vector,
                    "words_digest": new.words_digest,
                }
                for new in vectors
            ]
            await self._session.exec(_ADD_VECTORS, params=rows)

    async def list_version_vectors(
        self, document_id: DocumentId, version: int, fingerprint: str
    ) -> list[tuple[ChunkId, bytes]]:
        """Return ids and vectors of one version in document order."""
        statement = (
            select(col(Chunk.id), col(ChunkVector.vector))
            .join(ChunkVector, self._vector_of_chunk(fingerprint))
            .where(self._of_version(document_id, version))
            .order_by(col(Chunk.ordinal))
        )
        return [(ChunkId(found), vector) for found, vector in (await self._session.exec(statement))]

    async def list_current_vectors(
        self, knowledge_base_id: KnowledgeBaseId, fingerprint: str
    ) -> list[tuple[ChunkId, bytes]]:
        """Return ids and vectors of everything searchable in a knowledge base, ordered by id."""
        statement = (
            select(col(Chunk.id), col(ChunkVector.vector))
            .join(Document, self._document_of_chunk)
            .join(ChunkVector, self._vector_of_chunk(fingerprint))
            .where(self._current_in(knowledge_base_id))
            .order_by(col(Chunk.id))
        )
        rows = await self._session.exec(statement)
        return [(ChunkId(found), vector) for found, vector in rows]

    async def count_current_vectors(self, knowledge_base_id: KnowledgeBaseId) -> dict[str, int]:
        """Return how many vectors each embedder has of what is searchable in a knowledge base, by its fingerprint."""
        statement = (
            select(col(ChunkVector.fingerprint), func.count())
            .join(Chunk, col(Chunk.id) == col(ChunkVector.chunk_id))
            .join(Document, self._document_of_chunk)
            .where(col(ChunkVector.tenant_id) == self._tenant_id, self._current_in(knowledge_base_id))
            .group_by(col(ChunkVector.fingerprint))
        )
        rows = (await self._session.exec(statement)).all()
        return dict(rows)

    async def list_current_without_vector(
        self, knowledge_base_id: KnowledgeBaseId, fingerprint: str, *, limit: int
    ) -> list[Chunk]:
        """Return searchable chunks that an embedder has not seen yet, at most `limit`, groups counting as one."""
        statement = (
            select(Chunk)
            .join(Document, self._document_of_chunk)
            .outerjoin(ChunkVector, self._vector_of_chunk(fingerprint))
            .where(self._current_in(knowledge_base_id), col(ChunkVector.chunk_id).is_(None), _CARRIES_VECTOR)
            .order_by(col(Chunk.id))
            .limit(limit)
        )
        return await self._with_groups(list((await self._session.exec(statement)).all()))

    async def list_current_ids(self, knowledge_base_id: KnowledgeBaseId) -> list[ChunkId]:
        """Return the ids of everything searchable in a knowledge base."""
        current = select(Chunk.id).join(Document, self._document_of_chunk).where(self._current_in(knowledge_base_id))
        return [ChunkId(chunk_id) for chunk_id in await self._session.exec(current)]

    async def list_current_terms(
        self, knowledge_base_id: KnowledgeBaseId, *, document_ids: Iterable[DocumentId] | None = None
    ) -> list[ChunkTerms]:
        """Return the lexical analysis of everything searchable in a knowledge base, or in some of its documents."""
        columns = select(  # type: ignore[call-overload]
            Chunk.id,
            Chunk.document_id,
            Chunk.version,
            Chunk.terms,
            Chunk.analysis_version,
            Chunk.vector_of,
            Chunk.language,
        )
        statement = columns.join(Document, self._document_of_chunk).where(self._current_in(knowledge_base_id))
        if document_ids is not None:
            statement = statement.where(col(Chunk.document_id).in_(list(document_ids)))
        rows = await self._session.exec(statement.order_by(col(Chunk.document_id), col(Chunk.ordinal)))
        return [
            ChunkTerms(
                ChunkId(found),
                DocumentId(document_id),
                terms,
                analysed,
                None if carrier is None else chunk_id(DocumentId(document_id), version, carrier),
                language,
            )
            for found, document_id, version, terms, analysed, carrier, language in rows
        ]

    async def list_current_documents(self, knowledge_base_id: KnowledgeBaseId) -> dict[DocumentId, int]:
        """Return the searchable documents of a knowledge base and their versions."""
        statement = select(col(Document.id), col(Document.version)).where(
            self._readable, col(Document.knowledge_base_id) == knowledge_base_id
        )
        return {DocumentId(found): version for found, version in (await self._session.exec(statement))}

    async def list_current_by_ids(self, chunk_ids: Sequence[ChunkId]) -> list[tuple[Chunk, Document]]:
        """Return those of the chunks that are current, with their documents; anything else is left out."""
        found: list[tuple[Chunk, Document]] = []
        for start in range(0, len(chunk_ids), _BATCH_IDS):
            wanted = col(Chunk.id).in_(chunk_ids[start : start + _BATCH_IDS])
            statement = select(Chunk, Document).join(Document, self._document_of_chunk)
            rows = await self._session.exec(statement.where(self._readable, self._is_current, wanted))
            found.extend((chunk, document) for chunk, document in rows)
        return found

    async def list_current_passages(self, chunk_ids: Sequence[ChunkId]) -> list[PassageRow]:
        """Return those of at most 500 chunks that are current and the caller's to read; the rest is left out."""
        scope = self._scope
        values = {"of_tenant": scope.tenant_id, "user_id": scope.user_id, "ids": chunk_ids}
        found = await self._session.exec(CURRENT_PASSAGES[scope.role], params=values)
        return [PassageRow(*row) for row in found]

    async def count_current(self, knowledge_base_ids: Sequence[KnowledgeBaseId] | None = None) -> int:
        """Return how many chunks are searchable, in all or some knowledge bases."""
        statement = select(func.coalesce(func.sum(col(Document.chunk_count)), 0)).where(self._readable)
        if knowledge_base_ids is not None:
            statement = statement.where(col(Document.knowledge_base_id).in_(knowledge_base_ids))
        return int(await self._session.scalar(statement) or 0)

    async def list_version_numbers(self, document_id: DocumentId) -> list[tuple[int, list[int]]]:
        """Return every version that has chunks and its ordinals in order, for verification."""
        statement = (
            select(col(Chunk.version), col(Chunk.ordinal))
            .where(col(Chunk.tenant_id) == self._tenant_id, col(Chunk.document_id) == document_id)
            .order_by(col(Chunk.version), col(Chunk.ordinal))
        )
        versions: dict[int, list[int]] = {}
        for version, ordinal in (await self._session.exec(statement)):
            versions.setdefault(version, []).append(ordinal)
        return list(versions.items())

    async def remove_version(self, document_id: DocumentId, version: int) -> None:
        """Remove the chunks and vectors of one version."""
        await self._session.exec(delete(Chunk).where(self._of_version(document_id, version)))

    async def _with_groups(self, carriers: Sequence[Chunk]) -> list[Chunk]:
        """Return chunks and those that share their vectors, by document, in its order."""
        found = {chunk.id: chunk for chunk in carriers}
        wanted: dict[tuple[str, int], list[int]] = {}
        for chunk in carriers:
            if chunk.vector_of is not None:
                wanted.setdefault((chunk.document_id, chunk.version), []).append(chunk.ordinal)
        for (document_id, version), ordinals in wanted.items():
            for start in range(0, len(ordinals), _BATCH_IDS):
                shares = col(Chunk.vector_of).in_(ordinals[start : start + _BATCH_IDS])
                members = select(Chunk).where(self._of_version(DocumentId(document_id), version), shares)
                found.update((chunk.id, chunk) for chunk in await self._session.exec(members))
        return sorted(found.values(), key=lambda chunk: (chunk.document_id, chunk.version, chunk.ordinal))

    def _of_version(self, document_id: DocumentId, version: int) -> ColumnElement[bool]:
        return and_(
            col(Chunk.tenant_id) == self._tenant_id,
            col(Chunk.document_id) == document_id,
            col(Chunk.version) == version,
        )

    def _vector_of_chunk(self, fingerprint: str) -> ColumnElement[bool]:
        return and_(
            col(ChunkVector.tenant_id) == self._tenant_id,
            col(ChunkVector.chunk_id) == col(Chunk.id),
            col(ChunkVector.fingerprint) == fingerprint,
        )

    def _current_in(self, knowledge_base_id: KnowledgeBaseId) -> ColumnElement[bool]:
        return and_(self._readable, self._is_current, col(Document.knowledge_base_id) == knowledge_base_id)

    @property
    def _document_of_chunk(self) -> ColumnElement[bool]:
        return and_(
            col(Chunk.tenant_id) == self._tenant_id,
            col(Document.tenant_id) == self._tenant_id,
            col(Document.id) == col(Chunk.document_id),
        )

    @property
    def _readable(self) -> ColumnElement[bool]:
        return and_(
            col(Document.tenant_id) == self._tenant_id, col(Document.deleted_at).is_(None), col(Document.version) > 0
        )

    @property
    def _is_current(self) -> ColumnElement[bool]:
        return col(Chunk.version) == col(Document.version)
