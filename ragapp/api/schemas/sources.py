"""Shapes of imports and of places that are looked at again."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from ragapp.api.parameters import Answer, KnowledgeBaseId, RequestBody, Text
from ragapp.api.schemas.common import Failure
from ragapp.services.library.sources import DEFAULT_PAGES, DEFAULT_S, LONGEST_S, MOST_PAGES, SHORTEST_S

Address = Annotated[Text, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
EveryS = Annotated[int, Field(ge=SHORTEST_S, le=LONGEST_S, description="Seconds between two looks.")]
MaxPages = Annotated[int, Field(ge=1, le=MOST_PAGES, description="Most pages taken from a sitemap.")]


class ImportRequest(RequestBody):
    """A web address to read."""

    url: Address
    knowledge_base_id: KnowledgeBaseId | None = None


class AddedKind(StrEnum):
    """What kinds of source can be added."""

    URL = "url"
    SITEMAP = "sitemap"


class NewSource(RequestBody):
    """A web address or a sitemap that is looked at again and again."""

    kind: Annotated[AddedKind, Field(strict=False)]
    location: Address = Field(description="The web address of the page or the sitemap.")
    knowledge_base_id: KnowledgeBaseId | None = None
    every_s: EveryS = DEFAULT_S
    max_pages: MaxPages = DEFAULT_PAGES


class SourceChange(RequestBody):
    """What may be changed of a source; what is left out stays."""

    every_s: EveryS | None = None
    max_pages: MaxPages | None = None
    is_paused: bool | None = None


class LivingSource(Answer):
    """A place that is looked at again."""

    id: str
    kind: str = Field(description="url, sitemap or folder.")
    location: str
    knowledge_base_id: str
    every_s: int
    max_pages: int
    is_paused: bool
    document_count: int
    missing_count: int = Field(description="Documents that are not there any more; they are kept.")
    error: Failure | None
    checked_at: datetime | None
    next_at: datetime
    created_at: datetime


class SourceTask(Answer):
    """A look that was queued."""

    source_id: str
    task_id: str
