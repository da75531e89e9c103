import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ragapp.store import sqlite_driver
from ragapp.store.sqlite_driver import OneVisitConnection


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[OneVisitConnection]:
    opened = sqlite_driver.connect(str(tmp_path / "test.db"), isolation_level=None)
    await opened
    await run(opened, "CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT UNIQUE)")
    yield opened
    await opened.close()


async def run(connection: OneVisitConnection, statement: str, *parameters: object) -> Any:
    cursor = connection.cursor()
    await cursor.execute(statement, parameters)
    return cursor.rowcount if cursor.description is None else await cursor.fetchall()


async def test_a_transaction_that_reads_waits_for_the_thread_once(connection, monkeypatch):
    waits = []
    execute = connection._execute

    async def counted(*arguments):
        waits.append(arguments)
        return await execute(*arguments)

    monkeypatch.setattr(connection, "_execute", counted)
    await run(connection, "BEGIN")
    assert await run(connection, "SELECT 1, 2") == [(1, 2)]
    await connection.commit()
    assert len(waits) == 1


async def test_a_reading_transaction_sees_one_state_and_its_end_lets_go_of_it(connection, tmp_path):
    await run(connection, "PRAGMA journal_mode=WAL")
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    for end in (connection.commit, connection.rollback):
        await run(connection, "BEGIN")
        before = await run(connection, "SELECT count(*) FROM word")
        other.execute("INSERT INTO word (text) VALUES (random())")
        assert await run(connection, "SELECT count(*) FROM word") == before
        await end()
        assert await run(connection, "SELECT count(*) FROM word") == [(before[0][0] + 1,)]
    other.close()


async def test_a_failed_statement_leaves_the_connection_usable(connection):
    await run(connection, "BEGIN")
    with pytest.raises(sqlite3.OperationalError):
        await run(connection, "SELECT nothing FROM nowhere")
    await connection.rollback()
    assert await run(connection, "SELECT 1") == [(1,)]


async def test_a_commit_that_writes_has_happened_when_it_returns(connection, tmp_path):
    await run(connection, "BEGIN IMMEDIATE")
    assert await run(connection, "INSERT INTO word (text) VALUES (?)", "lipa") == 1
    await connection.commit()
    other = sqlite3.connect(tmp_path / "test.db")
    assert other.execute("SELECT text FROM word").fetchall() == [("lipa",)]
    other.close()


async def test_many_rows_are_one_statement_and_a_conflict_is_reported(connection):
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO word (text) VALUES (?)", [("bor",), ("hrast",)])
    assert cursor.rowcount == 2
    with pytest.raises(sqlite3.IntegrityError):
        await cursor.executemany("INSERT INTO word (text) VALUES (?)", [("bor",)])


async def test_a_closed_connection_says_so(tmp_path):
    connection = sqlite_driver.connect(str(tmp_path / "closed.db"))
    await connection
    await connection.close()
    with pytest.raises(ValueError, match="no active connection"):
        await run(connection, "SELECT 1")
