"""Which columns people search by, and the columns beside them that hold their words, see `core.search_words`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Mapper
from sqlmodel import SQLModel

from ragapp.core.search_words import indexed_words
from ragapp.models.conversation import Chat, Message
from ragapp.models.tenancy import Tenant, User

SEARCHED: Mapping[type[SQLModel], tuple[str, ...]] = {
    Chat: ("title",),
    Message: ("text",),
    User: ("name", "email"),
    Tenant: ("name", "slug"),
}
"""Model -> its columns that are searched; the words of `title` are in `title_words`."""


def with_words(model: type[SQLModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns that are about to be written together with the words of those that are searched."""
    written = (name for name in SEARCHED.get(model, ()) if name in values)
    return {**values, **{words_column(name): indexed_words(values[name]) for name in written}}


def words_column(name: str) -> str:
    """Return the name of the column that holds the words of a searched one."""
    return f"{name}_words"


def _set_words(_mapper: Mapper[Any], _connection: object, row: SQLModel) -> None:
    for name in SEARCHED[type(row)]:
        setattr(row, words_column(name), indexed_words(getattr(row, name)))


for _model in SEARCHED:
    event.listen(_model, "before_insert", _set_words)
    event.listen(_model, "before_update", _set_words)
