"""Shapes of folders and tags."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ragapp.api.parameters import Answer, DocumentId, KnowledgeBaseId, RequestBody
from ragapp.api.schemas.documents import FolderPath, Tag

_Path = Annotated[FolderPath, StringConstraints(min_length=1)]


class Folder(Answer):
    """A folder of a knowledge base; it is there while something lies in it."""

    knowledge_base_id: str
    path: str
    document_count: int = Field(description="Documents right in it.")


class FolderRenaming(RequestBody):
    """Another path for a folder, with all in it."""

    knowledge_base_id: KnowledgeBaseId
    folder: _Path
    to: _Path


class FolderRenamed(Answer):
    """How many documents lie there now that lay in the folder."""

    document_count: int


class DocumentTag(Answer):
    """A tag and how many documents bear it."""

    name: str
    document_count: int


class Filing(RequestBody):
    """What is to become of the order of several documents: of all of them, or of none."""

    document_ids: list[DocumentId] = Field(min_length=1, max_length=200)
    folder: FolderPath | None = Field(None, description="Put them into this folder; empty takes them out.")
    add_tags: list[Tag] = Field(default_factory=list, max_length=20)
    remove_tags: list[Tag] = Field(default_factory=list, max_length=20)
