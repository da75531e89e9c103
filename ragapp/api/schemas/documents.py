"""Shapes of documents, their text and the tasks that work on them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from ragapp.api.parameters import Answer, KnowledgeBaseId, RequestBody, Text
from ragapp.api.schemas.common import Failure
from ragapp.core.document_notes import NoteCode
from ragapp.core.lifecycle import DocumentStatus, TaskKind, TaskStatus

FolderPath = Annotated[Text, StringConstraints(max_length=300)]
Tag = Annotated[Text, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
Title = Annotated[Text, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]


class DocumentNote(Answer):
    """What a reader should know about how a file was read: a code, and how many of the things it names."""

    code: NoteCode
    count: int


class Document(Answer):
    """A document and how far it has come."""

    id: str
    title: str
    filename: str
    content_type: str
    size_bytes: int
    status: DocumentStatus
    stage: str
    progress: int = Field(description="Percent.")
    language: str
    page_count: int | None
    chunk_count: int
    version: int
    error: Failure | None
    knowledge_base_id: str
    created_at: datetime
    processed_at: datetime | None
    created_by: str = Field(description="Name of the person who added it.")
    source_url: str = Field("", description="Web address it was read from, after redirects; empty for uploads.")
    folder: str = Field("", description="Path within the knowledge base, names with / between them; empty for none.")
    tags: list[str] = Field(default_factory=list, description="In small letters.")
    notes: list[DocumentNote] = Field(default_factory=list, description="How the file was read, where that matters.")
    attached_to: str | None = Field(None, description="The document whose file it lay in: a mail, a PDF.")


class DocumentVersion(Answer):
    """One version of a document; answers that cite an earlier one still open that."""

    version: int
    filename: str
    content_type: str
    size_bytes: int
    page_count: int | None
    created_at: datetime
    created_by: str = Field(description="Name of the person who added it.")
    is_current: bool
    is_readable: bool = Field(description="Readers saw it; false while it is worked on, or if it failed.")


class DocumentVersions(Answer):
    """All versions of a document, newest first."""

    items: list[DocumentVersion]


class DocumentChange(RequestBody):
    """What may be changed of a document; at least one of these."""

    title: Title | None = None
    knowledge_base_id: KnowledgeBaseId | None = Field(None, description="Move it to this knowledge base.")
    folder: FolderPath | None = Field(None, description="Put it into this folder; empty takes it out.")
    tags: list[Tag] | None = Field(None, max_length=20, description="In place of those it has.")

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if all(value is None for value in (self.title, self.knowledge_base_id, self.folder, self.tags)):
            raise ValueError("Give a title, a knowledge base, a folder or tags.")
        return self


class Accepted(Answer):
    """Work that was accepted and goes on in the background."""

    document_id: str
    task_id: str | None
    status: DocumentStatus
    duplicate: bool = Field(False, description="The same bytes were there already; nothing was added.")


class PageSpan(Answer):
    """Characters [start, end) of the text stand on page `number`."""

    number: int
    start: int
    end: int


class DocumentText(Answer):
    """The extracted text that all offsets refer to, in characters."""

    document_id: str
    title: str
    version: int
    text: str
    pages: list[PageSpan]
    notes: list[DocumentNote] = Field(default_factory=list, description="How the file was read, where that matters.")


class Task(Answer):
    """A durable piece of background work."""

    id: str
    kind: TaskKind
    status: TaskStatus
    stage: str
    progress: int = Field(description="Percent.")
    message: str
    error: Failure | None
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    document_id: str | None
