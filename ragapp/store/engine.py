"""The database engine: SQLite (default) or PostgreSQL, with the settings durability depends on."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ragapp.store.sqlite_driver import OneVisitConnection, connect
from ragapp.store.statement_guard import guard_statements

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
)


def async_url(database_url: str) -> str:
    """Return the URL with the async driver this product uses (aiosqlite or psycopg 3)."""
    for prefix, replacement in (
        ("sqlite://", "sqlite+aiosqlite://"),
        ("postgresql://", "postgresql+psycopg://"),
        ("postgres://", "postgresql+psycopg://"),
    ):
        if database_url.startswith(prefix):
            return replacement + database_url.removeprefix(prefix)
    return database_url


def build_engine(database_url: str) -> AsyncEngine:
    """Create the engine for a `sqlite:///path` or `postgresql://…` URL; no connection is made yet."""
    url = async_url(database_url)
    if url.startswith("sqlite"):
        engine = create_async_engine(
            url, pool_size=8, max_overflow=0, pool_timeout=10, connect_args={"async_creator_fn": connect}
        )
        _prepare_sqlite(engine)
        guard_statements(engine.sync_engine)
        return engine
    return create_async_engine(url, pool_size=8, max_overflow=4, pool_timeout=10, pool_pre_ping=True)


async def empty_journal(engine: AsyncEngine) -> bool:
    """Write SQLite's journal into the database file and cut it to nothing; return whether no reader was in the way."""
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        if not isinstance(driver, OneVisitConnection):
            return True
        outcome = await driver.visit("PRAGMA wal_checkpoint(TRUNCATE)", (), many=False)
    return bool(outcome.rows[0][0] == 0)


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that will write takes the write lock at once: upgrading later fails with "busy" under load.
        reads_only = connection.get_execution_options().get("ragapp_read_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
