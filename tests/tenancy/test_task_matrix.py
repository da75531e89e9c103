"""Every kind of task, with another tenant's thing as its subject: nothing of the other tenant has changed."""

from dataclasses import replace

import pytest

from ragapp.core.errors import PermissionDenied
from ragapp.core.ids import DocumentId, KnowledgeBaseId, new_id
from ragapp.core.lifecycle import DocumentStatus, TaskKind
from tests.tenancy.test_probes import Everything


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


async def test_a_task_of_somebody_who_is_no_member_does_nothing(wired, twins):
    """Rights are looked up when a task runs: whoever queued it must be a member of its tenant then."""
    theirs, mine = twins
    document = DocumentId(mine.ids[DocumentId][1])
    stranger = replace(mine.owner, user_id=theirs.owner.user_id)
    async with wired.store.begin(stranger) as tx:
        await tx.documents.advance(document, DocumentStatus.QUEUED)
        task = await tx.tasks.ensure(TaskKind.INGEST, subject=document, document_id=document, max_attempts=1)
    await wired.settle()
    async with wired.store.read(mine.owner) as tx:
        ended = await tx.tasks.get(task.id)
    after = await wired.services.documents.get(mine.owner, document)
    assert ended.error_code == after.error.code == PermissionDenied.code
    assert (after.status, after.chunk_count) == (DocumentStatus.FAILED, 0)
