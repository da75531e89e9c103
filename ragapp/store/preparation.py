"""What happens to the database before anybody is served: it is migrated, and must then keep tenants apart."""

from sqlalchemy.engine import make_url

from ragapp.store.database_safety import ensure_tenants_are_apart, grant_use
from ragapp.store.migrations import migrate


def prepare_database(database_url: str, migration_url: str = "") -> bool:
    """Migrate as the owner of the tables, if one is given, hand the app's role its rights, and check the database.

    Args:
        database_url: The database as the app uses it.
        migration_url: The same PostgreSQL database as the role that owns the tables; empty where it is one role's.

    Returns:
        Whether a migration had to be run.

    Raises:
        ConfigurationError: the database would not keep tenants apart; the message says what to change.
    """
    changed = migrate(migration_url or database_url)
    if migration_url:
        grant_use(migration_url, make_url(database_url).username or "")
    ensure_tenants_are_apart(database_url)
    return changed
