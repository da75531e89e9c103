"""Unique and foreign keys speaking our language."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.errors import Conflict
from ragapp.store.prepared import table_of


@asynccontextmanager
async def translating_conflicts(session: AsyncSession, error: Conflict) -> AsyncIterator[None]:
    """Run statements in a savepoint; a violated key raises `error` and leaves the transaction usable."""
    try:
        async with session.begin_nested():
            yield
    except IntegrityError as violation:
        raise error from violation


async def insert_row(session: AsyncSession, row: SQLModel, error: Conflict) -> None:
    """Insert a row past the session; a violated key raises `error` and leaves the transaction usable."""
    statement, values = insert(table_of(type(row))), [row.model_dump()]
    if session.get_bind().dialect.name == "sqlite":
        # SQLite takes back a statement that fails, and only that: no savepoint is needed.
        try:
            await session.exec(statement, params=values)
        except IntegrityError as violation:
            raise error from violation
    else:
        async with translating_conflicts(session, error):
            await session.exec(statement, params=values)
