"""Shapes of knowledge bases."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from ragapp.api.parameters import Answer, RequestBody, Text, UserId
from ragapp.core.scope import Role
from ragapp.core.sharing import BaseAccess

Name = Annotated[Text, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Description = Annotated[Text, Field(max_length=2000)]


class KnowledgeBase(Answer):
    """A collection of documents that is searched as a whole."""

    id: str
    name: str
    description: str
    is_default: bool
    document_count: int
    chunk_count: int
    created_at: datetime
    access: BaseAccess
    access_role: Role = Field(description='The weakest role that may read it while `access` is "role".')
    member_ids: list[str] = Field(description="The chosen readers; told to those who manage knowledge bases.")


class NewKnowledgeBase(RequestBody):
    """A knowledge base to create."""

    name: Name
    description: Description = ""


class KnowledgeBaseChange(RequestBody):
    """What may be changed of a knowledge base; what is absent stays."""

    access: Annotated[BaseAccess, Field(strict=False)] | None = None
    access_role: Annotated[Role, Field(strict=False)] | None = None
    member_ids: Annotated[list[UserId], Field(max_length=1000)] | None = None

    name: Name | None = None
    description: Description | None = None
