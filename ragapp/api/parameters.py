"""Values that many requests carry: ids, cursors, limits, text."""

import re
from typing import Annotated

from fastapi import Header, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from ragapp.core import ids
from ragapp.core.errors import NotFound

_ID_SHAPE = re.compile(r"[A-Za-z0-9:_-]{1,128}")


def ensure_possible_id(value: str) -> str:
    """Return an id that may exist.

    Raises:
        NotFound: an id of this shape is never issued, so nothing has it.
    """
    if not _ID_SHAPE.fullmatch(value):
        raise NotFound
    return value


DocumentId = Annotated[ids.DocumentId, AfterValidator(ensure_possible_id)]
KnowledgeBaseId = Annotated[ids.KnowledgeBaseId, AfterValidator(ensure_possible_id)]
ApiKeyId = Annotated[ids.ApiKeyId, AfterValidator(ensure_possible_id)]
InvitationId = Annotated[ids.InvitationId, AfterValidator(ensure_possible_id)]
TaskId = Annotated[ids.TaskId, AfterValidator(ensure_possible_id)]
ChatId = Annotated[ids.ChatId, AfterValidator(ensure_possible_id)]
SourceId = Annotated[ids.SourceId, AfterValidator(ensure_possible_id)]
MessageId = Annotated[ids.MessageId, AfterValidator(ensure_possible_id)]
SessionId = Annotated[ids.SessionId, AfterValidator(ensure_possible_id)]
QualityQuestionId = Annotated[ids.QualityQuestionId, AfterValidator(ensure_possible_id)]
QualityRunId = Annotated[ids.QualityRunId, AfterValidator(ensure_possible_id)]
ReportId = Annotated[ids.ReportId, AfterValidator(ensure_possible_id)]
ProviderId = Annotated[ids.ProviderId, AfterValidator(ensure_possible_id)]
TenantId = Annotated[ids.TenantId, AfterValidator(ensure_possible_id)]
UserId = Annotated[ids.UserId, AfterValidator(ensure_possible_id)]

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""Any text that can be stored: no NUL (lone surrogates are refused by the parser)."""

Limit = Annotated[int, Query(ge=1, le=200, description="Most items to return.")]
Cursor = Annotated[str | None, Query(pattern=r"^[\x21-\x7e]{1,512}$", description="`next_cursor` of the page before.")]
SearchText = Annotated[Text, Query(max_length=200)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="The same key and body give the same answer; the same key with another body is refused.",
    ),
]


class RequestBody(BaseModel):
    """A JSON body: unknown fields are refused, types are not guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Answer(BaseModel):
    """A JSON answer, read from the attributes of a view."""

    model_config = ConfigDict(from_attributes=True)
