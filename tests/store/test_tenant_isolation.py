import pytest
import sqlalchemy.exc
from sqlalchemy import text

from ragapp.core.errors import Conflict, NotFound
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import TaskKind
from ragapp.store.engine import build_engine
from tests.fakes.accounts import PLATFORM, add_tenant
from tests.fakes.rows import add_document

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
postgres_only = pytest.mark.parametrize("database_url", [POSTGRES], indirect=True)


async def test_a_foreign_document_is_not_found(store):
    ours, theirs = await add_tenant(store, "ours"), await add_tenant(store, "theirs")
    document_id = await add_document(store, theirs)
    async with store.begin(ours.owner) as tx:
        with pytest.raises(NotFound):
            await tx.documents.get(document_id)
        with pytest.raises(NotFound):
            await tx.documents.change(document_id, title="mine now")
        assert await tx.documents.find(document_id) is None
        assert (await tx.documents.list_page(limit=10))[0] == []


@postgres_only
@pytest.mark.parametrize("table", ["documents", "knowledge_bases", "tasks"])
async def test_a_read_without_tenant_returns_nothing(store, database_url, table):
    household = await add_tenant(store)
    await add_document(store, household)
    engine = build_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        await connection.execute(
            text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": household.tenant_id}
        )
        assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1
    await engine.dispose()


@postgres_only
async def test_a_connection_that_served_a_tenant_serves_nobody_afterwards(store, database_url):
    household = await add_tenant(store)
    engine = build_engine(database_url)
    async with engine.connect() as connection:
        async with connection.begin():
            await connection.execute(
                text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": household.tenant_id}
            )
        assert await connection.scalar(text("SELECT count(*) FROM knowledge_bases")) == 0
    await engine.dispose()


@postgres_only
async def test_a_row_cannot_be_written_for_another_tenant(store):
    ours, theirs = await add_tenant(store, "ours"), await add_tenant(store, "theirs")
    document_id = await add_document(store, ours)
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="row-level security"):
        async with store.begin(ours.owner) as tx:
            await tx.documents.change(document_id, tenant_id=theirs.tenant_id)


@postgres_only
async def test_the_platform_sees_tasks_but_no_content(store):
    household = await add_tenant(store)
    await add_document(store, household)
    async with store.read_platform(PLATFORM) as tx:
        session = tx.queue._session
        assert await session.scalar(text("SELECT count(*) FROM tasks")) == 1
        assert await session.scalar(text("SELECT count(*) FROM documents")) == 0


async def test_a_child_cannot_point_at_a_foreign_parent(store):
    ours, theirs = await add_tenant(store, "ours"), await add_tenant(store, "theirs")
    with pytest.raises(Conflict):
        await add_document(store, ours, knowledge_base_id=theirs.knowledge_base_id)


async def test_a_foreign_task_cannot_be_stopped(store):
    ours, theirs = await add_tenant(store, "ours"), await add_tenant(store, "theirs")
    document_id = await add_document(store, theirs)
    async with store.read(theirs.owner) as tx:
        task = await tx.tasks.find_unfinished(TaskKind.INGEST, document_id)
    async with store.begin(ours.owner) as tx:
        assert not await tx.tasks.cancel(task.id)
        with pytest.raises(NotFound):
            await tx.tasks.get(task.id)
    async with store.read(theirs.owner) as tx:
        assert not (await tx.tasks.get(task.id)).cancel_requested


async def test_an_unknown_document_is_not_found(store):
    household = await add_tenant(store)
    async with store.read(household.owner) as tx:
        with pytest.raises(NotFound):
            await tx.documents.get(DocumentId("0" * 32))
