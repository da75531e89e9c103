"""The SQLite driver with fewer visits to its thread.

Every connection of aiosqlite has a thread, and every step (open a cursor, execute, fetch, close it) is a visit there
and back: eight or so for a transaction that reads one row. Here a statement is one visit
that brings its rows, and what cannot fail or block (the begin and the end of a reading transaction) is sent without
waiting: a connection's visits happen in the order they were sent.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

_BEGIN_READING = "BEGIN"


class OneVisitConnection(aiosqlite.Connection):
    """An aiosqlite connection as SQLAlchemy's dialect uses it."""

    _is_reading = False

    def cursor(self) -> "OneVisitCursor":  # type: ignore[override]
        """Return a cursor; nothing is sent."""
        return OneVisitCursor(self)

    async def commit(self) -> None:
        """Commit; a transaction that only read is ended without waiting."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Roll back; a transaction that only read is ended without waiting."""
        await self._end(self._conn.rollback)

    async def visit(self, statement: str, parameters: Any, *, many: bool) -> "_Outcome":
        """Run a statement and bring its rows."""
        if statement == _BEGIN_READING:
            self._is_reading = True
            self._send(partial(self._conn.execute, statement))
            return _Outcome(None, [], -1, None)
        outcome: _Outcome = await self._execute(_run, self._conn, statement, parameters, many)  # type: ignore[no-untyped-call]
        return outcome

    async def _end(self, finish: Any) -> None:
        if self._is_reading:
            self._is_reading = False
            self._send(finish)
        else:
            await self._execute(finish)  # type: ignore[no-untyped-call]

    def _send(self, function: Any) -> None:
        self._tx.put_nowait((None, function))


class _Outcome:
    """What a statement left: the cursor's attributes and all rows."""

    __slots__ = ("description", "lastrowid", "rowcount", "rows")

    def __init__(self, description: Any, rows: list[Any], rowcount: int, lastrowid: int | None) -> None:
        self.description = description
        self.rows = rows
        self.rowcount = rowcount
        self.lastrowid = lastrowid


class OneVisitCursor:
    """The part of a cursor that SQLAlchemy's dialect calls; results are in memory once a statement has run."""

    arraysize = 1

    def __init__(self, connection: OneVisitConnection) -> None:
        self._connection = connection
        self._outcome = _Outcome(None, [], -1, None)

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> Self:
        """Run one statement."""
        self._outcome = await self._connection.visit(statement, parameters, many=False)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run one statement for each of many rows."""
        self._outcome = await self._connection.visit(statement, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows."""
        return self._outcome.rows

    async def close(self) -> None:
        """Let the rows go."""
        self._outcome.rows = []

    @property
    def description(self) -> Any:
        """Return the columns, None after a statement without rows."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed, -1 where that is not known."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Return the row id of the last insertion."""
        return self._outcome.lastrowid


def connect(database: str, **options: Any) -> OneVisitConnection:
    """Return a connection to await; arguments as for `sqlite3.connect`."""
    connection = OneVisitConnection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as the dialect does: a forgotten connection must not keep the process alive
    return connection


def _run(connection: sqlite3.Connection, statement: str, parameters: Any, many: bool) -> _Outcome:
    cursor = connection.executemany(statement, parameters) if many else connection.execute(statement, parameters)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return _Outcome(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()
