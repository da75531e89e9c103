"""A start on PostgreSQL is refused when the database would not keep tenants apart."""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from ragapp.core.errors import ConfigurationError
from ragapp.models import SHARED_TABLES, TENANT_TABLES
from ragapp.store.database_safety import ensure_tenants_are_apart, grant_use
from tests.fakes.accounts import add_tenant
from tests.fakes.databases import postgres_url

POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def as_owner(database_url: str) -> str:
    name = make_url(database_url).database
    return make_url(postgres_url()).set(database=name).render_as_string(hide_password=False)


def alter(database_url: str, *statements: str) -> None:
    role = make_url(database_url).username
    with psycopg.connect(as_owner(database_url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(role=sql.Identifier(role)))


async def test_a_database_as_it_should_be_is_accepted(store, database_url):
    await add_tenant(store)
    ensure_tenants_are_apart(database_url)


@POSTGRES
def test_a_superuser_is_refused(database_url):
    with pytest.raises(ConfigurationError, match="superuser"):
        ensure_tenants_are_apart(as_owner(database_url))


@POSTGRES
def test_a_role_that_bypasses_policies_is_refused(database_url):
    try:
        alter(database_url, "ALTER ROLE {role} BYPASSRLS")
        with pytest.raises(ConfigurationError, match="bypasses"):
            ensure_tenants_are_apart(database_url)
    finally:
        alter(database_url, "ALTER ROLE {role} NOBYPASSRLS")


@POSTGRES
def test_a_role_that_owns_a_table_is_refused(database_url):
    alter(database_url, "ALTER TABLE chats OWNER TO {role}")
    with pytest.raises(ConfigurationError, match="owns the table chats"):
        ensure_tenants_are_apart(database_url)


@POSTGRES
@pytest.mark.parametrize("table", [*TENANT_TABLES, *SHARED_TABLES])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", id="disabled"),
        pytest.param("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", id="not forced"),
        pytest.param("DROP POLICY tenant ON {}", id="no policy"),
    ],
)
def test_an_unprotected_table_is_refused(database_url, table, change):
    alter(database_url, change.replace("{}", table), *_without_second_policy(table, change))
    with pytest.raises(ConfigurationError, match=f"table {table} "):
        ensure_tenants_are_apart(database_url)


def _without_second_policy(table: str, change: str) -> list[str]:
    return ["DROP POLICY platform ON tasks"] if table == "tasks" and change.startswith("DROP") else []


@POSTGRES
async def test_a_policy_that_lets_rows_through_is_refused(store, database_url):
    await add_tenant(store)
    alter(database_url, "CREATE POLICY wrong ON memberships USING (true)")
    with pytest.raises(ConfigurationError, match="memberships shows rows"):
        ensure_tenants_are_apart(database_url)


@POSTGRES
def test_a_new_table_with_tenants_and_without_protection_is_refused(database_url):
    alter(database_url, "CREATE TABLE forgotten (tenant_id text)")
    with pytest.raises(ConfigurationError, match="table forgotten"):
        ensure_tenants_are_apart(database_url)


@POSTGRES
def test_an_old_server_is_refused(database_url, monkeypatch):
    monkeypatch.setattr("ragapp.store.database_safety._FLOORS", {13: 22, 15: 999})
    with pytest.raises(ConfigurationError, match="known holes"):
        ensure_tenants_are_apart(database_url)


@POSTGRES
def test_rights_are_granted_by_the_owner_to_the_role_of_the_app(database_url):
    alter(database_url, "REVOKE ALL ON chats FROM {role}")
    with pytest.raises(Exception, match="permission denied"):
        ensure_tenants_are_apart(database_url)
    grant_use(as_owner(database_url), make_url(database_url).username)
    ensure_tenants_are_apart(database_url)
