import threading

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from ragapp.models import TENANT_TABLES, metadata
from ragapp.store.migrations import _ALEMBIC, head_revision, migrate, open_connection


def test_the_migrated_schema_is_the_schema_of_the_models(database_url):
    with open_connection(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_does_nothing_and_loads_no_migration_tool(database_url, monkeypatch):
    monkeypatch.setattr("ragapp.store.migrations._upgrade", lambda connection: pytest.fail("nothing to do"))
    assert migrate(database_url) is False


def test_the_head_in_the_file_names_is_the_head_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", str(_ALEMBIC))
    assert ScriptDirectory.from_config(config).get_current_head() == head_revision()


def test_of_processes_that_start_together_one_migrates(tmp_path):
    url = f"sqlite:///{tmp_path}/new.db"
    done: list[bool] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", TENANT_TABLES)
def test_every_tenant_table_forces_row_level_security(database_url, table):
    with psycopg.connect(database_url) as connection:
        forced = connection.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [table]
        ).fetchone()
    assert forced == (True, True)


def test_no_tenant_table_is_missing_from_the_list(database_url):
    with open_connection(database_url) as connection:
        with_tenant = {
            table
            for table in inspect(connection).get_table_names()
            if "tenant_id" in {column["name"] for column in inspect(connection).get_columns(table)}
        }
    assert with_tenant - {"memberships", "sessions", "api_keys"} == set(TENANT_TABLES)
