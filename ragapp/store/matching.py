"""Finding what people typed in columns of folded words, see `core.search_words`."""

from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_
from sqlmodel import col

from ragapp.core.search_words import QueryWord, query_words

# Not `false()`: what is put beside that is left out, the tenant too.
NOTHING: ColumnElement[bool] = literal(1) == literal(0)


def matches(query: str, *columns: Any) -> ColumnElement[bool]:
    """Return the condition that every word of `query` is in one of a row's word columns; false where it has no word."""
    wanted = query_words(query)
    if not wanted:
        return NOTHING
    return and_(*(or_(*(_holds(column, word) for column in columns)) for word in wanted))


def _holds(column: Any, word: QueryWord) -> ColumnElement[bool]:
    return col(column).contains(f" {word.text} " if word.is_whole else f" {word.text}", autoescape=True)
