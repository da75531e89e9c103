"""The words of documents' titles and file names: one row a word, found by the beginning of its key."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from ragapp.core.search_words import QueryWord, indexed_words, query_words
from ragapp.models import Document, DocumentWord
from ragapp.store.matching import NOTHING
from ragapp.store.prepared import table_of

_FIELDS = ("title", "filename")
_LONGEST = 64
_RARE = 2_000
_AFTER_ALL = chr(0x10FFFF)
_Documents = SelectOfScalar[Document]

NEWEST_FIRST = (col(Document.created_at).desc(), col(Document.id).desc())


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


async def newest_named_like(session: AsyncSession, tenant_id: str, query: str, documents: _Documents) -> _Documents:
    """Return `documents`, newest first, with each word of `query` in their title or file name.

    A rare word names its documents, so that no others are looked at. A word of many is looked up for one document after
    another, the newest first: enough for a page of them are soon found.
    """
    rare: set[str] | None = None
    common: list[ColumnElement[bool]] = []
    for word in query_words(query):
        ids = await _documents_with(session, tenant_id, word)
        if len(ids) > _RARE:
            common.append(_has(tenant_id, word))
        else:
            rare = set(ids) if rare is None else rare & set(ids)
    if rare is None:
        return documents.where(and_(*common) if common else NOTHING).order_by(*NEWEST_FIRST)
    # Sorted by an expression: SQLite would rather walk all documents by age than look these up.
    by_age = (func.coalesce(col(Document.created_at), col(Document.created_at)).desc(), col(Document.id).desc())
    return documents.where(col(Document.id).in_(sorted(rare)), *common).order_by(*by_age)


async def _documents_with(session: AsyncSession, tenant_id: str, word: QueryWord) -> Sequence[str]:
    """Return the ids of the documents with a word, of a word of many no more than tell that."""
    found = select(DocumentWord.document_id).where(col(DocumentWord.tenant_id) == tenant_id, _is(word))
    return (await session.exec(found.limit(_RARE + 1))).all()


def _has(tenant_id: str, word: QueryWord) -> ColumnElement[bool]:
    of_document = and_(col(DocumentWord.tenant_id) == tenant_id, col(DocumentWord.document_id) == col(Document.id))
    return exists(select(DocumentWord.word).where(of_document, _is(word)).correlate(Document))


def _is(word: QueryWord) -> ColumnElement[bool]:
    column, text = col(DocumentWord.word), word.text[:_LONGEST]
    return column == text if word.is_whole else and_(column >= text, column < text + _AFTER_ALL)


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
