"""Every kind of task, with another tenant's thing as its subject: nothing of the other tenant has changed."""

from dataclasses import replace

import pytest

from ragapp.core.errors import PermissionDenied
from ragapp.core.ids import DocumentId, KnowledgeBaseId, SourceId, TaskId, new_id
from ragapp.core.lifecycle import DocumentStatus, TaskKind
from ragapp.core.scope import Role
from tests.tenancy.test_probes import Everything

pytestmark = pytest.mark.sweep


@pytest.fixture
def everything(wired, twins, database_url):
    found = Everything(wired, database_url)
    yield found
    found.close()


def subjects(theirs, mine) -> list[str]:
    """Ids a forged row could name: another tenant's, deleted ones, and one nobody has."""
    foreign = (theirs.own(DocumentId), theirs.own(KnowledgeBaseId), theirs.owner.tenant_id)
    return [*foreign, *theirs.deleted[DocumentId], *mine.deleted[DocumentId], new_id()]


@pytest.mark.parametrize("kind", list(TaskKind))
async def test_a_task_about_another_tenants_things_changes_nothing_of_theirs(wired, twins, everything, kind):
    theirs, mine = twins
    before = everything.of_others(mine.owner.tenant_id)
    for subject in subjects(theirs, mine):
        async with wired.store.begin(mine.owner) as tx:
            await tx.tasks.ensure(kind, subject=subject, document_id=DocumentId(subject), max_attempts=1)
        await wired.settle()
    assert everything.of_others(mine.owner.tenant_id) == before
    shown = await wired.services.documents.get(theirs.owner, DocumentId(theirs.own(DocumentId)))
    assert shown.status.value == "ready"


FOR_A_PERSON = (TaskKind.INGEST, TaskKind.EXPAND, TaskKind.FETCH, TaskKind.SYNC, TaskKind.MEASURE)
"""Kinds that run under the rights of whoever queued them; the others are upkeep, authorised when they are queued."""


OF_NO_DOCUMENT = (TaskKind.SYNC, TaskKind.MEASURE)


def test_every_kind_of_task_acts_for_a_person_or_is_upkeep():
    assert set(TaskKind) - set(FOR_A_PERSON) == {TaskKind.DELETE, TaskKind.REINDEX, TaskKind.ERASE, TaskKind.VERIFY}


async def subject_of(wired, kind: TaskKind, mine) -> str:
    """Return something of the tenant's own that a task of this kind is about, with nothing left to do about it."""
    if kind is TaskKind.FETCH:
        imported = await wired.services.imports.add(mine.owner, url="https://example.com/page")
    await wired.settle()
    if kind is TaskKind.FETCH:
        return imported.document.id
    of_no_document = {TaskKind.SYNC: SourceId, TaskKind.MEASURE: KnowledgeBaseId}
    return mine.own(of_no_document[kind]) if kind in of_no_document else mine.ids[DocumentId][1]


async def queue(wired, actor, kind: TaskKind, subject: str) -> TaskId:
    """Queue a task as it would have been by somebody whose rights have changed since."""
    about = {} if kind in OF_NO_DOCUMENT else {"document_id": DocumentId(subject)}
    async with wired.store.begin(actor) as tx:
        if about:
            await tx.documents.advance(DocumentId(subject), DocumentStatus.QUEUED)
        task = await tx.tasks.ensure(kind, subject=subject, max_attempts=1, **about)
    return TaskId(task.id)


@pytest.mark.parametrize("kind", FOR_A_PERSON)
async def test_a_task_runs_under_the_rights_its_actor_has_when_it_runs(wired, twins, kind):
    theirs, mine = twins
    subject = await subject_of(wired, kind, mine)
    stranger = replace(mine.owner, user_id=theirs.owner.user_id)
    may = mine.scopes[Role.ADMIN if kind is TaskKind.MEASURE else Role.EDITOR]
    may_not = mine.scopes[Role.EDITOR if kind is TaskKind.MEASURE else Role.MEMBER]
    for actor, may_write in ((stranger, False), (may_not, False), (may, True)):
        task_id = await queue(wired, actor, kind, subject)
        await wired.settle()
        async with wired.store.read(mine.owner) as tx:
            ended = await tx.tasks.get(task_id)
        assert (ended.error_code == PermissionDenied.code) != may_write, actor.role
        if not may_write and kind not in OF_NO_DOCUMENT:
            after = await wired.services.documents.get(mine.owner, DocumentId(subject))
            assert after.error is not None
            assert (after.status, after.error.code, after.chunk_count) == (
                DocumentStatus.FAILED, PermissionDenied.code, 0
            )  # fmt: skip
