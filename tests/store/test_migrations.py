import threading

import psycopg
import pytest
import sqlalchemy.exc
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from alembic import command
from ragapp.core.audit import AuditAction
from ragapp.models import SHARED_TABLES, TENANT_TABLES, metadata
from ragapp.store.migrations import _ALEMBIC, head_revision, migrate, open_connection
from tests.fakes.accounts import add_tenant


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
@pytest.mark.parametrize("table", (*TENANT_TABLES, *SHARED_TABLES, "tenants"))
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
    assert with_tenant == {*TENANT_TABLES, *SHARED_TABLES}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_last_migration_can_be_taken_back(database_url):
    with open_connection(database_url) as connection:
        config = Config()
        config.set_main_option("script_location", str(_ALEMBIC))
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        assert "audit_events" not in inspect(connection).get_table_names()
        command.upgrade(config, "head")
        assert "audit_events" in inspect(connection).get_table_names()


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events"])
async def test_audit_events_are_neither_changed_nor_deleted(store, database_url, statement):
    household = await add_tenant(store)
    async with store.begin(household.owner) as tx:
        await tx.audit.record(AuditAction.SETTINGS_CHANGED)
    with open_connection(database_url) as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="audit events"):
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('app.tenant_id', :own, true)"), {"own": household.tenant_id})
        connection.execute(text(statement))
