"""What there is of folders and tags."""

from dataclasses import dataclass

from ragapp.core.ids import KnowledgeBaseId


@dataclass(frozen=True, slots=True)
class FolderView:
    """A folder of a knowledge base, and how many documents lie right in it."""

    knowledge_base_id: KnowledgeBaseId
    path: str
    document_count: int


@dataclass(frozen=True, slots=True)
class TagView:
    """A tag and how many documents bear it."""

    name: str
    document_count: int
