"""Files inside a document (attachments of a mail, files embedded in a PDF) as documents of their own.

Each is admitted as an upload of its own, in the folder of the document it hangs on, and knows that document. The same
bytes in the same knowledge base are one document, so a run that was lost is simply run again.
"""

from contextlib import aclosing
from pathlib import Path

from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import IngestionFailed, InvalidInput, QuotaExceeded
from ragapp.core.ids import DocumentId, KnowledgeBaseId
from ragapp.core.scope import TenantScope
from ragapp.models import Document
from ragapp.rag.ports import ArchiveReader
from ragapp.rag.types import ArchiveMember
from ragapp.services.library.filenames import clean_title
from ragapp.services.library.uploads import UploadRequest, Uploads
from ragapp.services.signals import WorkSignals
from ragapp.store.store import Store

_MOST_LEVELS = 3
"""A file inside a file inside a file: what is deeper stays inside."""


class Attachments:
    """Takes files out of documents while these are read."""

    def __init__(self, store: Store, reader: ArchiveReader, uploads: Uploads, signals: WorkSignals) -> None:
        self._store = store
        self._reader = reader
        self._uploads = uploads
        self._signals = signals

    async def take_out(
        self, scope: TenantScope, document: Document, path: Path, *, content_type: str, count: int
    ) -> tuple[DocumentNote, ...]:
        """Bring the files inside a document on their way; return notes on what became of them.

        Args:
            scope: Of the task that reads the document.
            document: The document they hang on.
            path: Its bytes.
            content_type: Its media type.
            count: How many files its parser saw inside.

        Raises:
            Unavailable: something is down. PermissionDenied: no right to add.
        """
        if count == 0:
            return ()
        try:
            members = await self._members(scope, document, path, content_type)
        except IngestionFailed:
            return (DocumentNote(NoteCode.ATTACHMENTS_LEFT_OUT, count),)
        added = [await self._take(scope, document, path, member, content_type) for member in members]
        left_out = max(len(added), count) - sum(added)
        return (
            DocumentNote(NoteCode.ATTACHMENTS_ADDED, sum(added)),
            DocumentNote(NoteCode.ATTACHMENTS_LEFT_OUT, left_out),
        )

    async def _members(
        self, scope: TenantScope, document: Document, path: Path, content_type: str
    ) -> tuple[ArchiveMember, ...]:
        if await self._level_of(scope, document) >= _MOST_LEVELS:
            return ()
        return await self._reader.list_members(path, content_type=content_type)

    async def _level_of(self, scope: TenantScope, document: Document) -> int:
        """Return how many files a document lies in."""
        level, holder = 0, document.attached_to
        async with self._store.read(scope) as tx:
            while holder and level < _MOST_LEVELS:
                level += 1
                found = await tx.documents.find(DocumentId(holder))
                holder = found.attached_to if found else None
        return level

    async def _take(
        self, scope: TenantScope, document: Document, path: Path, member: ArchiveMember, content_type: str
    ) -> bool:
        """Return whether a file inside a document is a document now."""
        if member.problem:
            return False
        base = KnowledgeBaseId(document.knowledge_base_id)
        request = UploadRequest(member.name, knowledge_base_id=base, title=clean_title(member.name))
        try:
            async with aclosing(self._reader.stream(path, member, content_type=content_type)) as pieces:
                admitted = await self._uploads.admit(scope, request, pieces)
        except (IngestionFailed, InvalidInput, QuotaExceeded):
            return False
        await self._attach(scope, document, admitted.document_id)
        if admitted.task_id is not None:
            self._signals.work_added()
        return True

    async def _attach(self, scope: TenantScope, document: Document, attachment_id: DocumentId) -> None:
        """Let a document that came out of another know it; one that was there before stays as it is."""
        async with self._store.begin(scope) as tx:
            found = await tx.documents.find(attachment_id)
            # A run that was lost may have admitted it and come no further.
            if found is not None and found.attached_to is None and found.created_at >= document.created_at:
                await tx.documents.change(attachment_id, folder=document.folder, attached_to=document.id)
