"""Shapes that several resources share."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from ragapp.api.parameters import Answer

T = TypeVar("T")


class ItemPage(Answer, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` for the next page; null on the last one.")


class Failure(Answer):
    """Why something failed."""

    code: str = Field(description="Stable; never changes.")
    message: str


class FieldError(BaseModel):
    """One thing that is wrong in a request."""

    field: str
    message: str
    type: str


class Problem(BaseModel):
    """An error, as in RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable; what programs should look at.")
    errors: list[FieldError] | None = Field(None, description="With 422 only: what is wrong, and where.")
    retry_after_s: int | None = Field(None, description="With 429 and 503 only.")
    details: dict[str, str | int | float | None] | None = None
