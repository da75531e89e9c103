"""Bring a database to the current schema: once, under a lock, and in no time when there is nothing to do."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, pool, text

_ALEMBIC = Path(__file__).resolve().parents[2] / "alembic"
_LOCK = 4_711_201_901


def migrate(database_url: str) -> bool:
    """Run all missing migrations in one transaction, while other processes wait.

    Args:
        database_url: `sqlite:///path` or `postgresql://…`, as in the settings. The folder of the path must exist.

    Returns:
        Whether anything had to be done.
    """
    with _exclusively(database_url), open_connection(database_url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _revision_of(connection) == head_revision():
            return False
        _upgrade(connection)
        connection.commit()
        return True


def head_revision() -> str:
    """Return the newest revision: the first part of the last migration's file name."""
    return max(path.name for path in (_ALEMBIC / "versions").glob("[0-9]*.py")).partition("_")[0]


@contextmanager
def open_connection(database_url: str) -> Iterator[Connection]:
    """Open a connection of its own for schema work; on SQLite its transactions take the write lock at once."""
    engine = create_engine(_sync_url(database_url), poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _exclusively(database_url: str) -> Iterator[None]:
    """Hold a lock file beside an SQLite database: switching a new one to write-ahead logging waits for nobody."""
    url = make_url(_sync_url(database_url))
    if not url.drivername.startswith("sqlite") or not url.database:
        yield
        return
    with Path(f"{url.database}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sync_url(database_url: str) -> str:
    scheme, _, rest = database_url.partition("://")
    return f"{'sqlite' if scheme.startswith('sqlite') else 'postgresql+psycopg'}://{rest}"


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own
        cursor = connection.cursor()
        for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(connection: Connection) -> None:
    # Imported here: a start that finds the schema current must not pay for it.
    from alembic.config import Config

    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(_ALEMBIC))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
