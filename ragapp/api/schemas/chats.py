"""Shapes of chats, messages and feedback."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ragapp.api.parameters import Answer, RequestBody, Text
from ragapp.api.schemas.answers import Source, Unsupported
from ragapp.api.schemas.common import Failure
from ragapp.core.events import Support
from ragapp.core.lifecycle import MessageStatus
from ragapp.core.quality import FeedbackReason

ChatTitle = Annotated[Text, StringConstraints(max_length=200, strip_whitespace=True)]


class NewChat(RequestBody):
    """A chat to create; without a title it is named after its first question."""

    title: ChatTitle = ""


class ChatChange(RequestBody):
    """What may be changed of a chat."""

    title: Annotated[ChatTitle, Field(min_length=1)]


class Chat(Answer):
    """A chat."""

    id: str
    title: str
    visibility: str
    created_at: datetime
    updated_at: datetime
    message_count: int
    active_run_id: str | None = Field(description="Set while an answer is being written.")
    is_mine: bool
    is_shared: bool = Field(description="Somebody besides the owner was given it.")
    may_write: bool = Field(description="The caller may ask in it.")
    owner_name: str = Field(description="Of a chat of somebody else.")


class Message(Answer):
    """One message of a chat; what describes an answer keeps its default on the user's messages."""

    id: str
    chat_id: str
    role: str
    status: MessageStatus
    text: str
    created_at: datetime
    answerable: bool
    confidence: float
    support: Support
    language: str
    generator: str
    sources: list[Source]
    unsupported: list[Unsupported] = Field(description="What the answer says that the cited passages do not hold.")
    error: Failure | None
    run_id: str | None
    feedback: str = Field(description='"up", "down" or "".')
    duration_s: float
    author_name: str = Field(description="Who asked, where it was somebody else.")
    withheld_count: int = Field(description="Sources not shown: the caller may not open their knowledge bases.")
    is_withheld: bool = Field(description="The text is not shown either, being made of such sources.")


class Feedback(RequestBody):
    """A reader's verdict on an answer."""

    rating: Literal["up", "down"]
    reason: Annotated[FeedbackReason, Field(strict=False)] | None = Field(None, description="Only with `down`.")
    comment: Annotated[Text, Field(max_length=2000)] = ""
