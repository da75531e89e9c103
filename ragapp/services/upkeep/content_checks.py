"""Whether what is stored is what was stored: bytes by their digest, passages by the text, vectors by their length."""

import asyncio
import hashlib
from pathlib import Path

from ragapp.core.errors import DimensionMismatch, NotFound
from ragapp.core.ids import DocumentId
from ragapp.core.ports import BlobStore
from ragapp.core.scope import TenantScope
from ragapp.models import Document
from ragapp.services.retrieval.vector_values import ensure_usable, unpack_vectors
from ragapp.services.upkeep.findings import Finding
from ragapp.store.store import Store, TenantTransaction

_FLOAT_BYTES = 4


class ContentChecks:
    """Reads everything of a document again; changes nothing."""

    def __init__(self, store: Store, blobs: BlobStore, fingerprint: str) -> None:
        self._store = store
        self._blobs = blobs
        self._fingerprint = fingerprint

    async def check(self, scope: TenantScope, document: Document) -> set[Finding]:
        """Return what is wrong with a document's content."""
        document_id, found = DocumentId(document.id), set[Finding]()
        async with self._store.read(scope) as tx:
            keys = {version.blob_key for version in await tx.versions.list_of(document_id)}
            if not await self._passages_match(tx, document):
                found.add(Finding.PASSAGE_DIFFERS)
            if not await self._vectors_are_usable(tx, document):
                found.add(Finding.VECTOR_UNUSABLE)
        if not all([await self._is_whole(scope, key) for key in sorted(keys)]):
            found.add(Finding.BYTES_DIFFER)
        return found

    async def _passages_match(self, tx: TenantTransaction, document: Document) -> bool:
        document_id = DocumentId(document.id)
        spans = await tx.chunks.list_spans(document_id, document.version)
        text = await tx.documents.find_text(document_id, document.version)
        whole = text.text if text else ""
        return all(whole[start:end] == passage for start, end, passage in spans)

    async def _vectors_are_usable(self, tx: TenantTransaction, document: Document) -> bool:
        rows = await tx.chunks.list_version_vectors(DocumentId(document.id), document.version, self._fingerprint)
        sizes = {len(vector) for _, vector in rows}
        if len(sizes) > 1:
            return False
        for size in sizes:
            dimension = size // _FLOAT_BYTES
            vectors = unpack_vectors([vector for _, vector in rows], dimension)
            try:
                ensure_usable(vectors, count=len(rows), dimension=dimension)
            except DimensionMismatch:
                return False
        return True

    async def _is_whole(self, scope: TenantScope, key: str) -> bool:
        """Return whether stored bytes have the digest that names them; missing ones are another finding."""
        try:
            path = await self._blobs.open_path(scope.tenant_id, key)
        except NotFound:
            return True
        return await asyncio.to_thread(_digest_of, path) == key


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
