"""Sources as edges see them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ragapp.core.ids import KnowledgeBaseId, SourceId
from ragapp.services.views import ErrorView


class SourceKind(StrEnum):
    """What kind of place a source is."""

    URL = "url"
    SITEMAP = "sitemap"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class SourceView:
    """A place that is looked at again every `every_s` seconds; new and changed content becomes documents and versions.

    `error` says why the last look failed; `missing_count` documents were found before and are not there any more.
    """

    id: SourceId
    kind: SourceKind
    location: str
    knowledge_base_id: KnowledgeBaseId
    every_s: int
    max_pages: int
    is_paused: bool
    document_count: int
    missing_count: int
    error: ErrorView | None
    checked_at: datetime | None
    next_at: datetime
    created_at: datetime
