"""Empty, migrated databases: SQLite files copied from a template; a PostgreSQL database that is emptied between tests.

After a test that changed more than rows, the next one gets a new clone of the template (a third of a second).

PostgreSQL tests sign in as a role that is no superuser and owns nothing, so that row level security is really tested.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, MetaData
from sqlalchemy.engine import make_url

from ragapp.store.migrations import migrate

DEFAULT_POSTGRES_URL = "postgresql://root@127.0.0.1:5432/test"
_PASSWORD = "only-for-tests"
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# Whatever changes a row of a catalogue leaves its transaction's number there; vacuuming and analysing do not.
_CATALOGUES = {
    "pg_class": "oid",
    "pg_attribute": "attrelid",
    "pg_index": "indrelid",
    "pg_constraint": "oid",
    "pg_policy": "oid",
    "pg_trigger": "oid",
    "pg_proc": "oid",
}
_FIRST_OF_OURS = 16384
_STRUCTURE = " UNION ALL ".join(
    f"SELECT '{catalogue}', count(*), sum(xmin::text::bigint) FROM {catalogue} WHERE {owner} >= {_FIRST_OF_OURS}"
    for catalogue, owner in _CATALOGUES.items()
)


_reflected: dict[str, MetaData] = {}


def tables_of(engine: Engine) -> MetaData:
    """Return all tables of a migrated database as they really are; alike in each database of a kind."""
    kind = engine.dialect.name
    if kind not in _reflected:
        _reflected[kind] = MetaData()
        _reflected[kind].reflect(engine)
    return _reflected[kind]


def postgres_url() -> str:
    return os.environ.get("RAGAPP_TEST_POSTGRES_URL", DEFAULT_POSTGRES_URL)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated, empty database of this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "ragapp.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    clone: Clone = request.getfixturevalue("postgres_clone")
    yield clone.url
    clone.renew()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without journal, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ragapp.db"
    migrate(f"sqlite:///{path}")
    return path


class Clone:
    """A copy of the template that one test after another has to itself."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._name = f"{template}_clone"
        self._create()

    @property
    def url(self) -> str:
        """Its address for the role that tests use."""
        app = make_url(postgres_url()).set(database=self._name, username=self._template, password=_PASSWORD)
        return app.render_as_string(hide_password=False)

    def renew(self) -> None:
        """End what a test left running and make the database what it was, as quickly as that goes."""
        with self._connect() as connection:
            connection.execute(_END_OTHERS)
            if self._structure_of(connection) == self._structure:
                self._empty(connection)
                return
        self.drop()
        self._create()

    def drop(self) -> None:
        """Remove it."""
        _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self._name)))

    def _create(self) -> None:
        names = sql.Identifier(self._name), sql.Identifier(self._template)
        _administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        with self._connect() as connection:
            self._structure = self._structure_of(connection)
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        self._tables = [name for (name,) in found if name != "alembic_version"]

    def _connect(self) -> psycopg.Connection:
        owner = make_url(postgres_url()).set(database=self._name)
        return psycopg.connect(owner.render_as_string(hide_password=False), autocommit=True)

    def _structure_of(self, connection: psycopg.Connection) -> list[tuple[object, ...]]:
        return connection.execute(_STRUCTURE).fetchall()

    def _empty(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            # Without foreign keys and triggers: in any order, audit events too.
            connection.execute("SET LOCAL session_replication_role = replica")
            for table in self._tables:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


@pytest.fixture(scope="session")
def postgres_clone(postgres_template: str) -> Iterator[Clone]:
    """The database that this process's tests use in turn."""
    clone = Clone(postgres_template)
    yield clone
    clone.drop()


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Name of a migrated database and of the role that tests use in its clones."""
    name = f"ragapp_test_{secrets.token_hex(4)}"
    _ensure_reachable()
    role = sql.Identifier(name)
    _administer(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(_PASSWORD)))
    _administer(sql.SQL("CREATE DATABASE {}").format(role))
    try:
        owner_url = make_url(postgres_url()).set(database=name).render_as_string(hide_password=False)
        migrate(owner_url)
        with psycopg.connect(owner_url, autocommit=True) as connection:
            rights = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}"
            connection.execute(sql.SQL(rights).format(role))
        yield name
    finally:
        _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(role))
        _administer(sql.SQL("DROP ROLE {}").format(role))


def _ensure_reachable() -> None:
    try:
        psycopg.connect(postgres_url(), connect_timeout=3).close()
    except psycopg.OperationalError as error:
        reason = f"PostgreSQL is not reachable (set RAGAPP_TEST_POSTGRES_URL): {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def _administer(statement: sql.Composed) -> None:
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(statement)
