"""Whether PostgreSQL would really keep tenants apart: checked at every start, which is refused where it would not."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from ragapp.core.errors import ConfigurationError
from ragapp.models import SHARED_TABLES, TENANT_TABLES
from ragapp.store.migrations import open_connection

_FLOORS = {13: 22, 14: 19, 15: 14, 16: 10, 17: 6}
"""Minor releases below these let statistics or cached plans show rows that policies hide (CVE-2025-8713 and before)."""

_ROLE = text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
_WITH_TENANT = text(
    """
    SELECT relation.relname, relation.relrowsecurity, relation.relforcerowsecurity,
        pg_has_role(current_user, relation.relowner, 'MEMBER') AS is_owned,
        (SELECT count(*) FROM pg_policy WHERE polrelid = relation.oid) AS policy_count
    FROM pg_class AS relation JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
    WHERE relation.relkind IN ('r', 'p') AND relation.relnamespace = current_schema()::regnamespace
        AND attribute.attname = 'tenant_id' AND NOT attribute.attisdropped
    ORDER BY relation.relname
    """
)


def ensure_tenants_are_apart(database_url: str) -> None:
    """Check role, policies and server of a PostgreSQL database; SQLite has no such thing to check.

    Raises:
        ConfigurationError: the role may look past row level security, a table is not protected, or the server has a
            known hole; the message says what to change.
    """
    with open_connection(database_url) as connection:
        if connection.dialect.name != "postgresql":
            return
        problem = next(_problems(connection), None)
        if problem is not None:
            raise ConfigurationError(f"DATABASE_URL: {problem} docs/operating.md shows how to set up PostgreSQL.")


def grant_use(owner_url: str, role: str) -> None:
    """Let `role` read and write (and nothing more) in all tables, which the role of `owner_url` owns."""
    with open_connection(owner_url) as connection, connection.begin():
        name = connection.dialect.identifier_preparer.quote_identifier(role)
        rights = "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f"GRANT {rights} ON ALL TABLES IN SCHEMA {_schema(connection)} TO {name}"))


def _schema(connection: Connection) -> str:
    found = connection.scalar(text("SELECT current_schema()"))
    return connection.dialect.identifier_preparer.quote_identifier(str(found))


def _problems(connection: Connection) -> Iterator[str]:
    yield from _server_problems(connection)
    is_superuser, bypasses = connection.execute(_ROLE).one()
    if is_superuser or bypasses:
        yield "this role is a superuser or bypasses row level security. Use one that is neither."
    tables = connection.execute(_WITH_TENANT).all()
    missing = {*TENANT_TABLES, *SHARED_TABLES} - {table.relname for table in tables}
    if missing:
        yield f"the table {min(missing)} is missing. Run the migrations."
    for table in tables:
        if table.is_owned:
            yield f"this role owns the table {table.relname}, so it could switch its protection off."
        if not (table.relrowsecurity and table.relforcerowsecurity and table.policy_count):
            yield f"row level security of the table {table.relname} is off or has no policy."
    yield from _leaks(connection)


def _server_problems(connection: Connection) -> Iterator[str]:
    version = int(connection.scalar(text("SELECT current_setting('server_version_num')")) or 0)
    major, minor = version // 10_000, version % 10_000
    if major < min(_FLOORS) or minor < _FLOORS.get(major, 0):
        wanted = f"{major}.{_FLOORS[major]}" if major in _FLOORS else f"{max(_FLOORS)}"
        yield f"PostgreSQL {major}.{minor} has known holes in row level security. Use {wanted} or newer."


def _leaks(connection: Connection) -> Iterator[str]:
    """Read each table without a tenant: whatever the catalogue says, nothing may come."""
    for table in (*TENANT_TABLES, *SHARED_TABLES):
        if connection.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {table})")):  # noqa: S608 - our own table names
            yield f"the table {table} shows rows although no tenant is set."
