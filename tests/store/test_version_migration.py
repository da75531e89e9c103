import pytest
from alembic.config import Config
from sqlalchemy import text

from alembic import command
from ragapp.core.lifecycle import DocumentStatus
from ragapp.store.migrations import _ALEMBIC, open_connection
from tests.fakes.accounts import add_tenant
from tests.fakes.rows import add_document


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_files_of_documents_from_before_become_their_versions(store, database_url):
    household = await add_tenant(store)
    ready = await add_document(store, household, status=DocumentStatus.READY, version=3, content=b"ready")
    queued = await add_document(store, household, content=b"queued")
    with open_connection(database_url) as connection:
        config = Config()
        config.set_main_option("script_location", str(_ALEMBIC))
        config.attributes["connection"] = connection
        connection.execute(text("UPDATE documents SET processed_at = created_at WHERE version > 0"))
        command.downgrade(config, "0002")
        command.upgrade(config, "head")
        connection.commit()
    async with store.read(household.owner) as tx:
        (kept,) = await tx.versions.list_of(ready)
        (waiting,) = await tx.versions.list_of(queued)
        blob_key = (await tx.documents.get(ready)).blob_key
    assert (kept.version, kept.blob_key, kept.readable_at is not None) == (3, blob_key, True)
    assert (waiting.version, waiting.readable_at) == (1, None)
