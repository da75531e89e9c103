"""Unique and foreign keys speaking our language."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.errors import Conflict


@asynccontextmanager
async def translating_conflicts(session: AsyncSession, error: Conflict) -> AsyncIterator[None]:
    """Run statements in a savepoint; a violated key raises `error` and leaves the transaction usable."""
    try:
        async with session.begin_nested():
            yield
    except IntegrityError as violation:
        raise error from violation
