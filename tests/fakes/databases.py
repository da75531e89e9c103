"""Empty, migrated databases: SQLite files copied from a template, PostgreSQL databases cloned from one.

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
from sqlalchemy.engine import make_url

from ragapp.store.migrations import migrate

DEFAULT_POSTGRES_URL = "postgresql://root@127.0.0.1:5432/test"
_PASSWORD = "only-for-tests"


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
    template: str = request.getfixturevalue("postgres_template")
    name = f"{template}_{secrets.token_hex(4)}"
    _administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    try:
        app = make_url(postgres_url()).set(database=name, username=template, password=_PASSWORD)
        yield app.render_as_string(hide_password=False)
    finally:
        _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without journal, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ragapp.db"
    migrate(f"sqlite:///{path}")
    return path


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
