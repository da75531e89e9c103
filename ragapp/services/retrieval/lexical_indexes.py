"""The word index of every knowledge base in use: held in memory, built from the analysed terms in SQL."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ragapp.core.ids import ChunkId, DocumentId, KnowledgeBaseId, TenantId
from ragapp.core.scope import TenantScope
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.terms import OutdatedTerms, PassageTerms, unpack_terms
from ragapp.services.retrieval.chunk_rows import analyse_row
from ragapp.store.chunks import ChunkTerms
from ragapp.store.store import Store

_Key = tuple[TenantId, KnowledgeBaseId]
_DOCUMENTS_AT_ONCE = 200


@dataclass(slots=True)
class _Entry:
    revision: int = -1
    index: LexicalIndex = field(default_factory=LexicalIndex)
    documents: dict[DocumentId, int] = field(default_factory=dict)
    chunks: dict[DocumentId, list[ChunkId]] = field(default_factory=dict)
    carriers: dict[ChunkId, ChunkId] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class LexicalIndexes:
    """Keeps one `LexicalIndex` per knowledge base up to date with SQL.

    A knowledge base's revision tells whether anything changed; then only the documents that came or went are read.

    Args:
        store: Where the terms are.
        max_bytes: Memory for all indexes together; the least recently used go first and are built again when needed.
    """

    def __init__(self, store: Store, *, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()

    async def get(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, revision: int) -> LexicalIndex:
        """Return the index of a knowledge base of the scope's tenant, at `revision` or newer."""
        key = (scope.tenant_id, knowledge_base_id)
        entry = self._entries.setdefault(key, _Entry())
        self._entries.move_to_end(key)
        if entry.revision < revision:
            async with entry.lock:
                if entry.revision < revision:
                    await self._update(scope, knowledge_base_id, entry, revision)
            self._evict(keep=key)
        return entry.index

    def carriers(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> Mapping[ChunkId, ChunkId]:
        """Return, for parts of big tables, the chunk that carries the vector of each, as of the last `get`."""
        entry = self._entries.get((scope.tenant_id, knowledge_base_id))
        return entry.carriers if entry else {}

    def forget(self, tenant_id: TenantId) -> None:
        """Drop every index of a tenant that is erased."""
        for key in [key for key in self._entries if key[0] == tenant_id]:
            del self._entries[key]

    async def _update(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, entry: _Entry, revision: int
    ) -> None:
        async with self._store.read(scope) as tx:
            current = await tx.chunks.list_current_documents(knowledge_base_id)
        gone = [document for document, version in entry.documents.items() if current.get(document) != version]
        come = [document for document, version in current.items() if entry.documents.get(document) != version]
        for document in gone:
            left = entry.chunks.pop(document, ())
            entry.index.remove(left)
            for chunk_id in left:
                entry.carriers.pop(chunk_id, None)
            del entry.documents[document]
        for start in range(0, len(come), _DOCUMENTS_AT_ONCE):
            batch = come[start : start + _DOCUMENTS_AT_ONCE]
            await self._add(scope, knowledge_base_id, entry, batch)
            entry.documents.update((document, current[document]) for document in batch)
        entry.revision = revision

    async def _add(
        self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId, entry: _Entry, documents: Sequence[DocumentId]
    ) -> None:
        async with self._store.read(scope) as tx:
            rows = await tx.chunks.list_current_terms(knowledge_base_id, document_ids=documents)
        analysed, outdated = await asyncio.to_thread(_unpack, rows)
        if outdated:
            analysed += await self._analyse_again(scope, outdated)
        for row in rows:
            entry.chunks.setdefault(row.document_id, []).append(row.chunk_id)
            if row.carrier_id is not None:
                entry.carriers[row.chunk_id] = row.carrier_id
        await asyncio.to_thread(entry.index.add, analysed)

    async def _analyse_again(
        self, scope: TenantScope, chunk_ids: Sequence[ChunkId]
    ) -> list[tuple[ChunkId, PassageTerms]]:
        """Analyse text whose stored terms are of an older version; SQL keeps the old ones until it is indexed anew."""
        async with self._store.read(scope) as tx:
            rows = await tx.chunks.list_current_by_ids(chunk_ids)
            documents = {DocumentId(document.id): document.version for _, document in rows}
            found = [await tx.documents.find_text(*document) for document in documents.items()]
        texts = {text.document_id: text.text for text in found if text is not None}
        return [
            (
                ChunkId(chunk.id),
                replace(analyse_row(chunk, texts.get(document.id, ""), document.title), language=chunk.language),
            )
            for chunk, document in rows
        ]

    def _evict(self, *, keep: _Key) -> None:
        total = sum(entry.index.size_bytes for entry in self._entries.values())
        for key in list(self._entries):
            if total <= self._max_bytes:
                return
            if key != keep and not self._entries[key].lock.locked():
                total -= self._entries.pop(key).index.size_bytes


def _unpack(rows: Sequence[ChunkTerms]) -> tuple[list[tuple[ChunkId, PassageTerms]], list[ChunkId]]:
    analysed: list[tuple[ChunkId, PassageTerms]] = []
    outdated: list[ChunkId] = []
    for row in rows:
        try:
            analysed.append((row.chunk_id, replace(unpack_terms(row.terms), language=row.language)))
        except OutdatedTerms:
            outdated.append(row.chunk_id)
    return analysed, outdated
