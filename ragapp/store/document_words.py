"""The words of documents' titles and file names: one row a word, found by the beginning of its key."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.search_words import QueryWord, indexed_words, query_words
from ragapp.models import Document, DocumentWord
from ragapp.store.matching import NOTHING
from ragapp.store.prepared import table_of

_FIELDS = ("title", "filename")
_LONGEST = 64
_AFTER_ALL = chr(0x10FFFF)


async def index_document(session: AsyncSession, tenant_id: str, document_id: str, values: Mapping[str, Any]) -> None:
    """Replace the words of those columns of a document that `values` sets."""
    written = [field for field in _FIELDS if field in values]
    if not written:
        return
    of_document = and_(
        col(DocumentWord.tenant_id) == tenant_id,
        col(DocumentWord.document_id) == document_id,
        col(DocumentWord.field).in_(written),
    )
    await session.exec(delete(DocumentWord).where(of_document))
    await _insert(session, tenant_id, document_id, {field: values[field] for field in written})


async def index_new_document(session: AsyncSession, document: Document) -> None:
    """Store the words of a document that was just inserted."""
    values = {field: getattr(document, field) for field in _FIELDS}
    await _insert(session, document.tenant_id, document.id, values)


def named_like(tenant_id: str, query: str) -> ColumnElement[bool]:
    """Return the condition on documents that each word of `query` is in their title or file name."""
    wanted = query_words(query)
    if not wanted:
        return NOTHING
    return and_(*(col(Document.id).in_(_documents_with(tenant_id, word)) for word in wanted))


def _documents_with(tenant_id: str, word: QueryWord) -> Any:
    column, text = col(DocumentWord.word), word.text[:_LONGEST]
    holds = column == text if word.is_whole else and_(column >= text, column < text + _AFTER_ALL)
    return select(DocumentWord.document_id).where(col(DocumentWord.tenant_id) == tenant_id, holds)


async def _insert(session: AsyncSession, tenant_id: str, document_id: str, values: Mapping[str, str]) -> None:
    rows = [
        {"tenant_id": tenant_id, "word": word, "document_id": document_id, "field": field}
        for field, text in values.items()
        for word in _cut(indexed_words(text).split())
    ]
    if rows:
        await session.exec(insert(table_of(DocumentWord)), params=rows)


def _cut(words: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(word[:_LONGEST] for word in words)
