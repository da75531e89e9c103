"""A consistent copy of an SQLite database while others write, and what is looked up in one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from ragapp.core.errors import ConfigurationError
from ragapp.store.migrations import head_revision

_BLOBS = """
SELECT DISTINCT documents.tenant_id, versions.blob_key
FROM document_versions AS versions JOIN documents
    ON documents.tenant_id = versions.tenant_id AND documents.id = versions.document_id
WHERE documents.deleted_at IS NULL ORDER BY 1, 2
"""


def database_file(database_url: str) -> Path:
    """Return the file of an SQLite database.

    Raises:
        ConfigurationError: it is PostgreSQL, which has tools of its own.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        problem = (
            "This command keeps SQLite installations. For PostgreSQL run `pg_dump --format=custom` as a role that row "
            "level security does not bind, then copy the folder `blobs` and the file `secret.key` of RAGAPP_DATA_DIR."
        )
        raise ConfigurationError(problem)
    return Path(url.database)


def take_snapshot(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, by SQLite's online backup; writers go on meanwhile."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def list_blobs(snapshot: Path) -> list[tuple[str, str]]:
    """Return tenant and key of all bytes that a snapshot's documents need."""
    with closing(sqlite3.connect(snapshot)) as database:
        return [(str(tenant_id), str(key)) for tenant_id, key in database.execute(_BLOBS)]


def prepare_restored(path: Path) -> None:
    """Check a restored database, and let its search indexes, which are in no backup, be made anew.

    Raises:
        ConfigurationError: it is damaged, or made by a newer version.
    """
    with closing(sqlite3.connect(path)) as database, database:
        if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise ConfigurationError("The database in this backup is damaged. Use another backup.")
        revision = str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        if revision > head_revision():
            raise ConfigurationError("This backup was made by a newer version. Install that version first.")
        database.execute("UPDATE vector_collections SET dirty = 1")
