"""How alembic reaches the database: a connection handed in by `ragapp.store.migrations`, or `-x database_url=…`."""

from alembic import context
from ragapp.models import metadata
from ragapp.store.migrations import open_connection


def run(connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with open_connection(context.get_x_argument(as_dictionary=True)["database_url"]) as connection:
        run(connection)
        connection.commit()
