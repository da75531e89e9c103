"""Rows that services would have written."""

import hashlib
from typing import Any

from ragapp.core.ids import DocumentId, new_id
from ragapp.core.lifecycle import DocumentStatus, TaskKind
from ragapp.models import Document
from ragapp.store.store import Store
from tests.fakes.accounts import Household


async def add_document(
    store: Store, household: Household, *, content: bytes | None = None, **values: Any
) -> DocumentId:
    """A queued document with its ingest task, as an upload leaves it."""
    document_id = DocumentId(new_id())
    sha256 = hashlib.sha256(content or document_id.encode()).hexdigest()
    defaults: dict[str, Any] = {
        "knowledge_base_id": household.knowledge_base_id,
        "title": "A document",
        "filename": "a.txt",
        "content_type": "text/plain",
        "size_bytes": 3,
        "status": DocumentStatus.QUEUED,
        "sha256": sha256,
        "blob_key": sha256,
        "created_by": household.owner.user_id,
    }
    async with store.begin(household.owner) as tx:
        row = Document(tenant_id=household.tenant_id, id=document_id, **{**defaults, **values})
        await tx.documents.add(row)
        await tx.tasks.ensure(TaskKind.INGEST, subject=document_id, document_id=document_id, max_attempts=3)
    return document_id
