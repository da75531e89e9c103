"""On SQLite no statement reaches rows of a tenant without being bound to the tenant of its transaction."""

import pytest
from sqlalchemy import and_, func, or_, text
from sqlalchemy import insert as core_insert
from sqlmodel import col, delete, select, update

from ragapp.core.errors import InvariantBroken
from ragapp.models import (
    Chat,
    ChatPermission,
    Chunk,
    Document,
    KnowledgeBase,
    Membership,
    Message,
    Task,
    Tenant,
    User,
)
from ragapp.store.statement_guard import UnboundStatement
from tests.fakes.accounts import PLATFORM, add_tenant
from tests.fakes.rows import add_document

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TENANT = "the tenant"
MINE = col(Document.tenant_id) == TENANT

UNBOUND = {
    "nothing at all": lambda _own: select(Document),
    "an id only": lambda _own: select(Document).where(Document.id == "x"),
    "one side of a choice": lambda own: select(Document).where(or_(Document.tenant_id == own, Document.id == "x")),
    "not this tenant": lambda own: select(Document).where(Document.tenant_id != own),
    "a list of tenants": lambda own: select(Document).where(col(Document.tenant_id).in_([own, "other"])),
    "another tenant": lambda _own: select(Document).where(Document.tenant_id == "other"),
    "this tenant and another": lambda own: select(Document).where(
        Document.tenant_id == own, Document.tenant_id == "other"
    ),
    "a joined table without it": lambda own: select(Document, Chunk).join(
        Chunk, col(Chunk.document_id) == Document.id
    ).where(Document.tenant_id == own),
    "a subquery without it": lambda own: select(Document).where(
        Document.tenant_id == own, col(Document.id).in_(select(Chunk.document_id))
    ),
    "a counted subquery without it": lambda own: select(
        Document, select(func.count()).select_from(Chunk).scalar_subquery()
    ).where(Document.tenant_id == own),
    "a membership of any tenant": lambda _own: select(User).join(Membership, col(Membership.user_id) == User.id),
    "a change of everything": lambda _own: update(Document).values(title="mine"),
    "a change of another tenant's": lambda _own: update(Document).where(MINE).values(title="mine"),
    "a change into another tenant": lambda own: core_insert(KnowledgeBase).values(
        tenant_id="other", id="x", name=own, description="", is_default=False, revision=0
    ),
    "a deletion of everything": lambda _own: delete(Task),
    "a deletion by id": lambda _own: delete(Chat).where(col(Chat.id) == "x"),
    "a union with another tenant": lambda own: select(Document.id)
    .where(Document.tenant_id == own)
    .union_all(select(Document.id).where(Document.tenant_id == "other")),
    "text": lambda _own: text("SELECT * FROM documents WHERE tenant_id = 'x'"),
    "text in another case": lambda _own: text("SELECT * FROM DOCUMENTS"),
    "an outer join's other side": lambda own: select(Document, Chunk).outerjoin(
        Chunk, col(Chunk.document_id) == Document.id
    ).where(Document.tenant_id == own),
}

BOUND = {
    "its tenant": lambda own: select(Document).where(Document.tenant_id == own),
    "its tenant, the other way round": lambda own: select(Document).where(own == col(Document.tenant_id)),
    "its tenant among conditions": lambda own: select(Document).where(
        and_(Document.id == "x", and_(Document.tenant_id == own, Document.title == "y"))
    ),
    "its tenant through a join": lambda own: select(Document, Chunk).join(
        Chunk, and_(col(Chunk.tenant_id) == Document.tenant_id, col(Chunk.document_id) == Document.id)
    ).where(Document.tenant_id == own),
    "its tenant through the enclosing query": lambda own: select(
        Chat, select(func.count()).where(Message.tenant_id == Chat.tenant_id).correlate(Chat).scalar_subquery()
    ).where(Chat.tenant_id == own),
    "a bound subquery": lambda own: select(Chat).where(
        Chat.tenant_id == own,
        col(Chat.id).in_(select(ChatPermission.chat_id).where(ChatPermission.tenant_id == own)),
    ),
    "a bound change": lambda own: update(Document).where(col(Document.tenant_id) == own).values(title="x"),
    "a bound deletion": lambda own: delete(Document).where(col(Document.tenant_id) == own),
    "no tenant's table": lambda _own: select(Tenant),
    "text without tenants' tables": lambda _own: text("SELECT 1"),
}


async def run(store, scope, build):
    async with store.begin(scope) as tx:
        connection = await tx.documents._session.connection()
        return await connection.execute(build(scope.tenant_id))


@pytest.mark.parametrize("build", UNBOUND.values(), ids=UNBOUND.keys())
async def test_an_unbound_statement_does_not_run(store, build):
    household = await add_tenant(store)
    await add_document(store, household)
    with pytest.raises(UnboundStatement):
        await run(store, household.owner, build)


@pytest.mark.parametrize("build", BOUND.values(), ids=BOUND.keys())
async def test_a_bound_statement_runs(store, build):
    household = await add_tenant(store)
    await run(store, household.owner, build)


async def test_a_statement_analysed_for_one_tenant_is_checked_again_for_the_next(store):
    ours, theirs = await add_tenant(store, "ours"), await add_tenant(store, "theirs")
    for scope in (ours.owner, theirs.owner, ours.owner):
        await run(store, scope, lambda own: select(Document).where(Document.tenant_id == own))
    with pytest.raises(UnboundStatement):
        await run(store, ours.owner, lambda _own: select(Document).where(Document.tenant_id == theirs.tenant_id))


async def test_the_platform_reads_accounts_and_the_queue_but_no_content(store):
    household = await add_tenant(store)
    await add_document(store, household)
    async with store.read_platform(PLATFORM) as tx:
        assert (await tx.queue._session.exec(select(func.count()).select_from(Task))).one() == 1
        assert (await tx.queue._session.exec(select(func.count()).select_from(Membership))).one() == 1
    with pytest.raises(InvariantBroken):
        async with store.read_platform(PLATFORM) as tx:
            await tx.queue._session.exec(select(Document))


async def test_a_row_written_for_another_tenant_is_refused(store):
    ours, theirs = await add_tenant(store, "ours"), await add_tenant(store, "theirs")
    with pytest.raises(UnboundStatement):
        async with store.begin(ours.owner) as tx:
            tx.documents._session.add(KnowledgeBase(tenant_id=theirs.tenant_id, id="x", name="x"))


async def test_a_connection_without_a_transaction_of_ours_reaches_nothing(store):
    await add_tenant(store)
    with pytest.raises(UnboundStatement):
        async with store._engine.connect() as connection:
            await connection.execute(select(Document).where(MINE))
